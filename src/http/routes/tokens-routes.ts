/** Short-lived tokens with which a browser may read one job without an API key. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FindJob } from '../../jobs/read/find-job.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JobTokens } from '../access/job-token.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { time } from '../schemas/basic-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'

export interface TokenRoutesDeps {
  findJob: FindJob
  jobTokens: Pick<JobTokens, 'sign'>
  clock: Clock
}

const lifeSeconds = { usual: 900, longest: 3_600 }

/** Optional: a missing body is validated as null. */
const body = Type.Unsafe<{ expiresInSeconds?: number } | null>({
  type: ['object', 'null'],
  properties: {
    expiresInSeconds: Type.Integer({ minimum: 1, maximum: lifeSeconds.longest, default: lifeSeconds.usual }),
  },
  additionalProperties: false,
})

export const tokenRoutes: FastifyPluginAsyncTypebox<TokenRoutesDeps> = async (app, deps) => {
  app.post(
    '/api/jobs/:id/token',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'createJobToken',
        summary: 'Make a token for a browser',
        description:
          'Valid for at most an hour, for reading this job, its events (live too) and its media. Send it as `Authorization: Bearer` or as `?token=`.',
        tags: ['jobs'],
        params: Type.Object({ id: Type.String({ maxLength: 100, description: 'The id of the job.' }) }),
        body,
        response: {
          201: Type.Object(
            { token: Type.String(), expiresAt: time('When it stops working.') },
            { description: 'The token.', additionalProperties: false },
          ),
          ...problems(400, 401, 403, 404, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const client = clientOf(request)
      const job = await deps.findJob(client, request.params.id)
      const seconds = request.body?.expiresInSeconds ?? lifeSeconds.usual
      const expiresAt = deps.clock.now() + seconds * 1000
      const { clientId, keyId } = client
      const token = deps.jobTokens.sign({ jobId: job.id, clientId, keyId, expiresAt })
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ token, expiresAt: new Date(expiresAt).toISOString() })
    },
  )
}
