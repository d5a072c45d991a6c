/** The input that FAL is sent for a job, whole: every other answer names its `data:` URIs by type, size and hash. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import { type FindJob, jobNotFound } from '../../jobs/read/find-job.ts'
import type { JobStore } from '../../ports/job-store.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { holdOf } from '../plugins/memory.ts'
import { jobParams } from '../schemas/job-parameters.ts'
import { problems } from '../schemas/problem-schema.ts'

export interface JobInputRoutesDeps {
  findJob: FindJob
  store: Pick<JobStore, 'input'>
}

export const jobInputRoutes: FastifyPluginAsyncTypebox<JobInputRoutesDeps> = async (app, deps) => {
  app.get(
    '/api/jobs/:id/input',
    {
      preHandler: needs('jobs:read'),
      schema: {
        operationId: 'getJobInput',
        summary: 'What FAL is sent for a job',
        description:
          'The FAL input in full, `data:` URIs included, which a job and a callback only name. `{}` once the content of the job was erased.',
        tags: ['jobs'],
        params: jobParams,
        response: {
          200: {
            description: 'The input.',
            content: {
              'application/json': {
                schema: Type.Record(Type.String(), Type.Unknown(), { description: "In FAL's field names." }),
              },
            },
          },
          ...problems(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const job = await deps.findJob(clientOf(request), request.params.id)
      const text = await deps.store.input(job.id, holdOf(request))
      if (text === null) throw jobNotFound()
      // The stored text itself: no number in it loses a digit.
      const answer: FastifyReply = reply
      return answer.type('application/json').header('cache-control', 'no-store').send(text)
    },
  )
}
