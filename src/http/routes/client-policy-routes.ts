/** Settings of one client, for administrators: archiving, retention, weight and limit in the fair queue. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AppError } from '../../domain/errors.ts'
import type { ClientPolicies } from '../../ports/client-policies.ts'
import { needs } from '../plugins/auth.ts'
import { changePolicyBody } from '../schemas/client-policy-schema.ts'
import { problems } from '../schemas/problem-schema.ts'

const url = '/api/clients/:id/policy'
const params = Type.Object({ id: Type.String({ maxLength: 100, description: 'The id of the client.' }) })
const policy = (description: string) => Type.Unsafe<object>({ $ref: 'ClientPolicy#', description })

export const clientPolicyRoutes: FastifyPluginAsyncTypebox<{ policies: ClientPolicies }> = async (
  app,
  { policies },
) => {
  app.get(
    url,
    {
      onRequest: needs('admin'),
      schema: {
        operationId: 'getClientPolicy',
        summary: 'Settings of a client',
        tags: ['keys'],
        params,
        response: { 200: policy('The rules.'), ...problems(401, 403, 404, 422, 429) },
      },
    },
    async (request) => (await policies.get(request.params.id)) ?? notThere(),
  )

  app.patch(
    url,
    {
      onRequest: needs('admin'),
      schema: {
        operationId: 'changeClientPolicy',
        summary: 'Change the settings of a client',
        description: 'Retention also applies to existing jobs: shortening it erases.',
        tags: ['keys'],
        params,
        body: changePolicyBody,
        response: {
          200: policy('The settings after the change.'),
          ...problems(400, 401, 403, 404, 413, 415, 422, 429),
        },
      },
    },
    async (request) => (await policies.change(request.params.id, request.body)) ?? notThere(),
  )
}

function notThere(): never {
  throw new AppError('NOT_FOUND', 'The client does not exist.')
}
