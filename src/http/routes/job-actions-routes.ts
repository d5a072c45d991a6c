/** Actions on a job: poll, cancel, retry, archive, erase. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { hasObjectsLeft, isFinal, type Job } from '../../domain/job.ts'
import type { ArchiveAgain } from '../../jobs/archive/archive-again.ts'
import type { EraseJob } from '../../jobs/archive/erase-job.ts'
import type { RetryJob } from '../../jobs/create/retry-job.ts'
import type { FindJob } from '../../jobs/read/find-job.ts'
import type { JobView } from '../../jobs/read/job-view.ts'
import type { CancelJob } from '../../jobs/run/cancel-job.ts'
import type { PollNow } from '../../jobs/run/poll-now.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { aJob, createdJob, idempotencyHeaders, jobParams } from '../schemas/job-parameters.ts'
import { createProblems, problems } from '../schemas/problem-schema.ts'
import { sendCreated } from './jobs-routes.ts'
import type { RouteScope } from './route-scope.ts'

export interface JobActionRoutesDeps {
  findJob: FindJob
  pollNow: PollNow
  cancelJob: CancelJob
  retryJob: RetryJob
  archiveAgain: ArchiveAgain
  eraseJob: EraseJob
  view: (job: Job) => JobView
}

const onRequest = needs('jobs:write')
/** Shared by the schemas of these routes. */
const onJob = { tags: ['jobs'], params: jobParams }
const refused = problems(401, 403, 404, 409, 422, 429)

export const jobActionRoutes: FastifyPluginAsyncTypebox<JobActionRoutesDeps> = async (app, deps) => {
  addPoll(app, deps)
  addCancel(app, deps)
  addRetry(app, deps)
  addArchive(app, deps)
  addErase(app, deps)
}

function addPoll(app: RouteScope, deps: JobActionRoutesDeps): void {
  app.post(
    '/api/jobs/:id/poll',
    {
      onRequest,
      schema: {
        ...onJob,
        operationId: 'pollJob',
        summary: 'Poll FAL now',
        description:
          'Polls FAL for the job, at most once a second, and settles it when it has ended, with the same mapping as the webhook.',
        response: { 200: aJob('The job after the poll.'), ...problems(401, 403, 404, 422, 429) },
      },
    },
    async (request) => {
      const job = await deps.findJob(clientOf(request), request.params.id)
      if (isFinal(job.status)) return shown(deps, request, job)
      await deps.pollNow(job.id)
      return shown(deps, request, await deps.findJob(clientOf(request), job.id))
    },
  )
}

function addCancel(app: RouteScope, deps: JobActionRoutesDeps): void {
  app.post(
    '/api/jobs/:id/cancel',
    {
      onRequest,
      schema: {
        ...onJob,
        operationId: 'cancelJob',
        summary: 'Cancel a job',
        description: 'A render that finishes before FAL cancels it is kept and archived.',
        response: {
          200: aJob('Canceled.'),
          202: aJob('FAL was asked; the outcome follows.'),
          ...refused,
        },
      },
    },
    async (request, reply) => {
      const job = await deps.cancelJob(clientOf(request), request.params.id)
      return reply.code(job.status === 'canceled' ? 200 : 202).send(shown(deps, request, job))
    },
  )
}

function addRetry(app: RouteScope, deps: JobActionRoutesDeps): void {
  app.post(
    '/api/jobs/:id/retry',
    {
      onRequest,
      schema: {
        ...onJob,
        operationId: 'retryJob',
        summary: 'Retry a failed or canceled job',
        description:
          'Makes a new job with the same parameters and options, linked by `retryOf`. It is priced and paid like any other: its `maxCostMicros` holds again, and a cost above the one that was accepted before needs `confirm=true`.',
        headers: Type.Object(idempotencyHeaders),
        querystring: Type.Object(
          {
            confirm: Type.Optional(
              Type.Boolean({ description: 'Accepts a cost above the one that was accepted before.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          202: createdJob('Accepted as a new job.'),
          ...createProblems(401, 402, 403, 404, 409, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key'] ?? null
      const options = { idempotencyKey, confirm: request.query.confirm === true }
      const result = await deps.retryJob(clientOf(request), request.params.id, options)
      if (mayRead(request)) return sendCreated(reply, result)
      const body = JSON.stringify(withoutContent(JSON.parse(result.body) as JobView))
      return sendCreated(reply, { ...result, body })
    },
  )
}

function addArchive(app: RouteScope, deps: JobActionRoutesDeps): void {
  app.post(
    '/api/jobs/:id/archive',
    {
      onRequest,
      schema: {
        ...onJob,
        operationId: 'archiveJob',
        summary: 'Archive again what is not archived',
        description:
          'For a job whose copy failed or was not wanted at first. Archived files stay as they are; nothing to copy is no error.',
        response: {
          200: aJob('Nothing is left to copy.'),
          202: aJob('Copying has begun.'),
          ...refused,
        },
      },
    },
    async (request, reply) => {
      const job = await deps.archiveAgain(clientOf(request), request.params.id)
      return reply.code(job.archiveStatus === 'pending' ? 202 : 200).send(shown(deps, request, job))
    },
  )
}

function addErase(app: RouteScope, deps: JobActionRoutesDeps): void {
  app.delete(
    '/api/jobs/:id',
    {
      onRequest,
      schema: {
        ...onJob,
        operationId: 'eraseJob',
        summary: 'Erase a job',
        description:
          "Removes what was asked and made: parameters, result, metadata, history details, archived files, pending callbacks, and FAL's own copies as far as FAL allows. A tombstone without content stays (id, model, status, times, cost), so that nothing late revives the job. A job that is not final must be canceled first.",
        response: {
          202: aJob(
            'Its content is gone from the service; not all archived objects are, and `erasing` says how many are left and why. They are tried again until they are, and the same request tries at once.',
          ),
          204: { type: 'null', description: 'Erased, now or before: no archived object is left.' },
          ...refused,
        },
      },
    },
    async (request, reply) => {
      const job = await deps.eraseJob(clientOf(request), request.params.id)
      return hasObjectsLeft(job) ? reply.code(202).send(shown(deps, request, job)) : reply.code(204).send()
    },
  )
}

const mayRead = (request: FastifyRequest): boolean => {
  const { scopes } = clientOf(request)
  return scopes.includes('jobs:read') || scopes.includes('admin')
}

/** A key that may only write learns how the job stands, not what was asked and made. */
const shown = ({ view }: Pick<JobActionRoutesDeps, 'view'>, request: FastifyRequest, job: Job): JobView =>
  mayRead(request) ? view(job) : withoutContent(view(job))

function withoutContent(job: JobView): JobView {
  const error = job.error === null ? null : { ...job.error, details: null }
  return { ...job, params: {}, metadata: {}, warnings: [], media: [], result: null, error }
}
