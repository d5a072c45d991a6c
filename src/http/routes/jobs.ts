/** Jobs: create, look, list, history, look at FAL, cancel. The routes only translate; the use cases decide. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AppError } from '../../domain/errors.ts'
import {
  archiveStatuses,
  isFinal,
  type Job,
  type JobStatus,
  jobStatuses,
  mediaKinds,
} from '../../domain/job.ts'
import type { CancelJob } from '../../jobs/cancel-job.ts'
import type { CreateJob } from '../../jobs/create-job.ts'
import type { FindJob } from '../../jobs/find-job.ts'
import { type JobView, viewEvent } from '../../jobs/job-view.ts'
import { type PollJob, refOf } from '../../jobs/poll-job.ts'
import type { Fal, JobFilter, JobStore } from '../../jobs/ports.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { oneOf, pageOf, problems } from '../schemas/basic.ts'
import type { createBody } from '../schemas/create-job.ts'

export interface JobRoutesDeps {
  createJob: CreateJob
  findJob: FindJob
  pollJob: PollJob
  cancelJob: CancelJob
  store: Pick<JobStore, 'list' | 'events'>
  fal: Pick<Fal, 'logs'>
  view: (job: Job) => JobView
  logsByDefault: boolean
}

const params = Type.Object({ id: Type.String({ maxLength: 100, description: 'The id of the job.' }) })
const aJob = (description: string) => Type.Unsafe<object>({ $ref: 'Job#', description })
const tags = ['jobs']

const limit = Type.Integer({ minimum: 1, maximum: 100, default: 20 })
const cursor = Type.String({ minLength: 1, maxLength: 200, description: '`nextCursor` of the page before.' })

const metadataPrefix = 'metadata.'

export const jobRoutes: FastifyPluginAsyncTypebox<JobRoutesDeps> = async (app, deps) => {
  const { view } = deps

  app.post(
    '/api/jobs',
    {
      preHandler: needs('jobs:write'),
      schema: {
        operationId: 'createJob',
        summary: 'Create a job',
        description:
          'Checks, normalizes and prices the request, stores it and sends it to FAL in the background. With an `Idempotency-Key` a repeated create answers the same and never pays twice.',
        tags,
        headers: Type.Object({
          'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        }),
        body: Type.Ref('CreateJob') as unknown as typeof createBody,
        response: {
          202: {
            description: 'Accepted.',
            headers: {
              location: { type: 'string', description: 'The URL of the job.' },
              'idempotency-replayed': {
                type: 'string',
                description: '`true` when this answer was given before.',
              },
            },
            content: { 'application/json': { schema: aJob('The job.') } },
          },
          ...problems(400, 401, 402, 403, 409, 413, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key'] ?? null
      const result = await deps.createJob(clientOf(request), request.body, { idempotencyKey })
      if (result.type === 'created') {
        return reply.code(202).header('location', `/api/jobs/${result.job.id}`).send(view(result.job))
      }
      return reply
        .code(result.status as 202)
        .header('location', `/api/jobs/${result.jobId}`)
        .header('idempotency-replayed', 'true')
        .send(JSON.parse(result.body))
    },
  )

  app.get(
    '/api/jobs',
    {
      preHandler: needs('jobs:read'),
      schema: {
        operationId: 'listJobs',
        summary: 'List jobs, newest first',
        description: 'Filters combine. `metadata.<key>=<value>` filters by metadata.',
        tags,
        querystring: Type.Object(
          {
            limit: Type.Optional(limit),
            cursor: Type.Optional(cursor),
            status: Type.Optional(
              Type.String({ description: `One or several, comma-separated: ${jobStatuses.join(', ')}.` }),
            ),
            model: Type.Optional(Type.String({ description: 'Alias or endpoint id.' })),
            kind: Type.Optional(oneOf(mediaKinds)),
            userId: Type.Optional(Type.String()),
            createdAfter: Type.Optional(Type.String({ format: 'date-time' })),
            createdBefore: Type.Optional(Type.String({ format: 'date-time' })),
            archiveStatus: Type.Optional(oneOf(archiveStatuses)),
          },
          { patternProperties: { '^metadata\\..{1,64}$': { type: 'string' } }, additionalProperties: false },
        ),
        response: { 200: pageOf('Job', 'A page of jobs.'), ...problems(401, 403, 422, 429) },
      },
    },
    async (request) => {
      const filter = filterOf(clientOf(request).clientId, request.query)
      const page = await deps.store.list(filter, {
        limit: request.query.limit ?? 20,
        cursor: request.query.cursor ?? null,
      })
      return { data: page.data.map(view), nextCursor: page.nextCursor, hasMore: page.nextCursor !== null }
    },
  )

  app.get(
    '/api/jobs/:id',
    {
      preHandler: needs('jobs:read'),
      schema: {
        operationId: 'getJob',
        summary: 'Look at a job',
        tags,
        params,
        querystring: Type.Object(
          { logs: Type.Optional(oneOf(['0', '1'], { description: "`1` adds FAL's logs." })) },
          { additionalProperties: false },
        ),
        response: { 200: aJob('The job.'), ...problems(401, 403, 404, 422, 429) },
      },
    },
    async (request) => {
      const job = await deps.findJob(clientOf(request), request.params.id)
      const wanted = request.query.logs === undefined ? deps.logsByDefault : request.query.logs === '1'
      if (!wanted || job.requestId === null) return view(job)
      return { ...view(job), logs: await deps.fal.logs(refOf(job, job.requestId)) }
    },
  )

  app.get(
    '/api/jobs/:id/events',
    {
      preHandler: needs('jobs:read'),
      schema: {
        operationId: 'listJobEvents',
        summary: 'The history of a job',
        tags,
        params,
        querystring: Type.Object(
          { limit: Type.Optional(limit), cursor: Type.Optional(cursor) },
          { additionalProperties: false },
        ),
        response: { 200: pageOf('JobEvent', 'Events, oldest first.'), ...problems(401, 403, 404, 422, 429) },
      },
    },
    async (request) => {
      await deps.findJob(clientOf(request), request.params.id)
      const size = request.query.limit ?? 20
      const afterSeq = seqOfCursor(request.query.cursor)
      const events = await deps.store.events(request.params.id, { limit: size + 1, afterSeq })
      const shown = events.slice(0, size)
      const last = shown.at(-1)
      const hasMore = events.length > size
      return {
        data: shown.map(viewEvent),
        nextCursor: hasMore && last !== undefined ? String(last.seq) : null,
        hasMore,
      }
    },
  )

  app.post(
    '/api/jobs/:id/poll',
    {
      preHandler: needs('jobs:write'),
      schema: {
        operationId: 'pollJob',
        summary: 'Look at FAL now',
        description: 'Asks FAL about the job and settles it if it is done: the same mapping as the webhook.',
        tags,
        params,
        response: { 200: aJob('The job as it is after the look.'), ...problems(401, 403, 404, 422, 429) },
      },
    },
    async (request) => {
      const job = await deps.findJob(clientOf(request), request.params.id)
      if (isFinal(job.status)) return view(job)
      const looked = await deps.pollJob(job.id, {})
      return view(looked?.job ?? job)
    },
  )

  app.post(
    '/api/jobs/:id/cancel',
    {
      preHandler: needs('jobs:write'),
      schema: {
        operationId: 'cancelJob',
        summary: 'Cancel a job',
        description: 'A render that finishes before FAL cancels it is kept and archived.',
        tags,
        params,
        response: {
          200: aJob('Canceled.'),
          202: aJob('FAL was asked; the outcome follows.'),
          ...problems(401, 403, 404, 409, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const job = await deps.cancelJob(clientOf(request), request.params.id)
      return reply.code(job.status === 'canceled' ? 200 : 202).send(view(job))
    },
  )
}

interface ListQuery {
  status?: string
  model?: string
  kind?: JobFilter['kind']
  userId?: string
  createdAfter?: string
  createdBefore?: string
  archiveStatus?: JobFilter['archiveStatus']
}

function filterOf(clientId: string, query: ListQuery): JobFilter {
  const filter: JobFilter = { clientId }
  if (query.status !== undefined) filter.status = statusesOf(query.status)
  if (query.model !== undefined) filter.model = query.model
  if (query.kind !== undefined) filter.kind = query.kind
  if (query.userId !== undefined) filter.userId = query.userId
  if (query.createdAfter !== undefined) filter.createdAfter = Date.parse(query.createdAfter)
  if (query.createdBefore !== undefined) filter.createdBefore = Date.parse(query.createdBefore)
  if (query.archiveStatus !== undefined) filter.archiveStatus = query.archiveStatus
  const metadata = Object.entries(query)
    .filter(([name]) => name.startsWith(metadataPrefix))
    .map(([name, value]): [string, string] => [name.slice(metadataPrefix.length), String(value)])
  if (metadata.length > 0) filter.metadata = Object.fromEntries(metadata)
  return filter
}

function statusesOf(list: string): JobStatus[] {
  return list.split(',').map((status) => {
    const known = jobStatuses.find((name) => name === status.trim())
    if (known !== undefined) return known
    throw new AppError('INVALID_PARAMS', `There is no status "${status}".`, {
      errors: [{ pointer: '#/query/status', message: 'Unknown status.', code: 'enum', allowed: jobStatuses }],
    })
  })
}

function seqOfCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw new AppError('INVALID_PARAMS', 'The cursor is not one that this service gave.', {
    errors: [
      { pointer: '#/query/cursor', message: 'Use nextCursor of the page before.', code: 'invalid_cursor' },
    ],
  })
}
