/** The secret that signs a client's callbacks: its metadata, and its rotation. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { CallbackSecret, CallbackStore } from '../../ports/callbacks.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { problems } from '../schemas/problem-schema.ts'

export interface CallbackSecretRoutesDeps {
  callbacks: Pick<CallbackStore, 'secrets' | 'rotateSecret'>
}

const tags = ['callbacks']
const overlap = { usual: 86_400, longest: 604_800 }
const prefixChars = 10

/** Optional: a missing body is validated as null. */
const body = Type.Unsafe<{ overlapSeconds?: number } | null>({
  type: ['object', 'null'],
  properties: {
    overlapSeconds: Type.Integer({
      minimum: 0,
      maximum: overlap.longest,
      default: overlap.usual,
      description: 'How long the previous secret also signs.',
    }),
  },
  additionalProperties: false,
})

export const callbackSecretRoutes: FastifyPluginAsyncTypebox<CallbackSecretRoutesDeps> = async (
  app,
  { callbacks },
) => {
  app.get(
    '/api/callbacks/secret',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'getCallbackSecret',
        summary: 'Which secret signs callbacks',
        tags,
        response: {
          200: Type.Unsafe<object>({ $ref: 'CallbackSecret#', description: 'The metadata of the secret.' }),
          ...problems(401, 403, 429),
        },
      },
    },
    async (request) => viewSecrets(await callbacks.secrets(clientOf(request).clientId)),
  )

  app.post(
    '/api/callbacks/secret',
    {
      onRequest: needs('jobs:write'),
      schema: {
        operationId: 'rotateCallbackSecret',
        summary: 'Make a new secret',
        description:
          'The answer is the only time it is shown. Until the end of the overlap each callback carries two signatures, so that either secret verifies it.',
        tags,
        body,
        response: {
          201: Type.Unsafe<object>({ $ref: 'NewCallbackSecret#', description: 'The new secret.' }),
          ...problems(400, 401, 403, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const overlapSeconds = request.body?.overlapSeconds ?? overlap.usual
      const secrets = await callbacks.rotateSecret(clientOf(request).clientId, overlapSeconds)
      const secret = secrets[0]?.secret ?? ''
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...viewSecrets(secrets), secret })
    },
  )
}

function viewSecrets([current, previous]: CallbackSecret[]) {
  if (current === undefined) throw new Error('a client without a callback secret')
  const expiresAt = previous?.expiresAt ?? null
  return {
    prefix: current.secret.slice(0, prefixChars),
    createdAt: new Date(current.createdAt).toISOString(),
    previousExpiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }
}
