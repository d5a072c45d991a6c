/** A job's file by its number: a redirect to its current link, so that callers need not store links. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FindJob } from '../../jobs/read/find-job.ts'
import type { LinkMedia } from '../../jobs/read/link-media.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { nullable, oneOf, time } from '../schemas/basic-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'

const link = Type.Object(
  {
    url: Type.String(),
    expiresAt: nullable(time("When the link expires; null for FAL's own link.")),
    archived: Type.Boolean({ description: "false: the link is FAL's own, which FAL lets expire." }),
  },
  { additionalProperties: false, description: 'With `redirect=0`: where the file is.' },
)

export const jobMediaRoutes: FastifyPluginAsyncTypebox<{ findJob: FindJob; linkMedia: LinkMedia }> = async (
  app,
  { findJob, linkMedia },
) => {
  app.get(
    '/api/jobs/:id/media/:n',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'getJobMedia',
        summary: 'A file of a job',
        description:
          "Redirects to a link of the archived file that works for 5 minutes and needs no API key, for the method of the request. Until the file is archived (or when it never is) the redirect goes to FAL's own link, as `media[].url` does.",
        tags: ['jobs'],
        params: Type.Object({
          id: Type.String({ maxLength: 100, description: 'The id of the job.' }),
          n: Type.String({ maxLength: 10, description: '`index` of the media, from 0.' }),
        }),
        querystring: Type.Object(
          {
            redirect: Type.Optional(
              oneOf(['0', '1'], { description: '`0`: the link as JSON instead of a redirect.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: link,
          302: {
            description: 'To the file.',
            type: 'null',
            headers: { location: { type: 'string', description: 'Where the file is.' } },
          },
          ...problems(401, 403, 404, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const job = await findJob(clientOf(request), request.params.id)
      const isFollowed = request.query.redirect !== '0'
      const method = request.method === 'HEAD' ? 'HEAD' : 'GET'
      const { url, expiresAt, archived } = await linkMedia(job, request.params.n, isFollowed ? method : null)
      reply.header('cache-control', 'private, no-store')
      if (isFollowed) return reply.redirect(url, 302)
      return { url, archived, expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString() }
    },
  )
}
