/** Jobs: create, list, read. Routes only translate; use cases decide. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '../../domain/client.ts'
import { archiveStatuses, isFinal, type Job, jobStatuses, mediaKinds } from '../../domain/job.ts'
import type { CreateJob, CreateResult } from '../../jobs/create/create-job.ts'
import type { FindJob } from '../../jobs/read/find-job.ts'
import type { JobView } from '../../jobs/read/job-view.ts'
import type { JobWatch } from '../../jobs/read/job-watch.ts'
import type { WithWholeResult } from '../../jobs/read/whole-result.ts'
import type { LogsOf } from '../../jobs/run/fal-logs.ts'
import type { JobStore } from '../../ports/job-store.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { dropBody, holdOf } from '../plugins/memory.ts'
import { filterOf } from '../requests/job-filter.ts'
import { waitPreferred } from '../requests/prefer-header.ts'
import { oneOf, pageOf, paging, time } from '../schemas/basic-schemas.ts'
import { type createBody, largeBody } from '../schemas/create-job-body.ts'
import {
  aJob,
  createdJob,
  idempotencyHeaders,
  jobParams,
  mostWaitSeconds,
} from '../schemas/job-parameters.ts'
import { createProblems, problems } from '../schemas/problem-schema.ts'
import type { RouteScope } from './route-scope.ts'

export interface JobRoutesDeps {
  createJob: CreateJob
  findJob: FindJob
  watch: Pick<JobWatch, 'untilFinal'>
  store: Pick<JobStore, 'list'>
  logsOf: LogsOf
  view: (job: Job) => JobView
  viewListed: (job: Job) => JobView
  withWholeResult: WithWholeResult
  logsByDefault: boolean
}

const tags = ['jobs']

export const jobRoutes: FastifyPluginAsyncTypebox<JobRoutesDeps> = async (app, deps) => {
  addCreate(app, deps)
  addList(app, deps)
  addGet(app, deps)
}

function addCreate(app: RouteScope, deps: JobRoutesDeps): void {
  app.post(
    '/api/jobs',
    {
      onRequest: needs('jobs:write'),
      bodyLimit: largeBody,
      schema: {
        operationId: 'createJob',
        summary: 'Create a job',
        description:
          'Checks, normalizes and prices the request, stores it and sends it to FAL in the background. With an `Idempotency-Key` a repeated create answers the same and never pays twice. `Prefer: wait=N` holds the answer back for up to N (≤ 60) seconds until the job is final and shows it as it is then, on a replay too.',
        tags,
        headers: Type.Object({
          ...idempotencyHeaders,
          prefer: Type.Optional(
            Type.String({ description: '`wait=N`: wait up to N seconds for a final state.' }),
          ),
        }),
        body: Type.Ref('CreateJob') as unknown as typeof createBody,
        response: {
          202: createdJob('Accepted.'),
          ...createProblems(400, 401, 402, 403, 409, 413, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const client = clientOf(request)
      const idempotencyKey = request.headers['idempotency-key'] ?? null
      const result = await deps.createJob(client, request.body, { idempotencyKey })
      const wait = waitPreferred(request.headers.prefer)
      if (wait === null || wait === 0) return sendCreated(reply, result)
      reply.header('preference-applied', `wait=${Math.min(wait, heldAtMostSeconds)}`)
      dropBody(request)
      const found = await waited(deps, client, jobIdOf(result), { seconds: wait, signal: request.signal })
      const job = await deps.withWholeResult(found, holdOf(request))
      return sendCreated(reply, { ...result, body: JSON.stringify(deps.view(job)) })
    },
  )
}

function addList(app: RouteScope, deps: JobRoutesDeps): void {
  app.get(
    '/api/jobs',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'listJobs',
        summary: 'List jobs, newest first',
        description:
          'Filters combine. `metadata.<key>=<value>` filters by metadata. A cursor stays good while jobs are added. A page ends after 4 MB even below `limit`: follow `nextCursor` while `hasMore`. A result above 1 MB is left out and named in `omitted`.',
        tags,
        querystring: Type.Object(
          {
            ...paging,
            status: Type.Optional(
              Type.String({ description: `One or several, comma-separated: ${jobStatuses.join(', ')}.` }),
            ),
            model: Type.Optional(Type.String({ description: 'Alias, synonym or endpoint id.' })),
            kind: Type.Optional(
              oneOf([...mediaKinds, 'unknown'] as const, { description: 'What it makes.' }),
            ),
            userId: Type.Optional(Type.String({ description: "The client's own end user." })),
            createdAfter: Type.Optional(time('Only what was created after this time.')),
            createdBefore: Type.Optional(time('Only what was created before this time.')),
            archiveStatus: Type.Optional(oneOf(archiveStatuses, { description: 'State of the archive.' })),
          },
          { patternProperties: { '^metadata\\..{1,64}$': { type: 'string' } }, additionalProperties: false },
        ),
        response: { 200: pageOf('Job', 'A page of jobs.'), ...problems(401, 403, 422, 429) },
      },
    },
    async (request) => {
      const filter = filterOf(clientOf(request).clientId, request.query)
      const { limit = 20, cursor = null } = request.query
      const page = await deps.store.list(filter, { limit, cursor, hold: holdOf(request) })
      return {
        data: page.data.map(deps.viewListed),
        nextCursor: page.nextCursor,
        hasMore: page.nextCursor !== null,
      }
    },
  )
}

function addGet(app: RouteScope, deps: JobRoutesDeps): void {
  app.get(
    '/api/jobs/:id',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'getJob',
        summary: 'Read a job',
        description:
          'With `wait` the answer is held back until the job is final (its archive may still be pending) or the seconds are over; after 50 s it is answered as it is, within what proxies wait.',
        tags,
        params: jobParams,
        querystring: Type.Object(
          {
            wait: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: mostWaitSeconds,
                description: 'Seconds to wait for a final state.',
              }),
            ),
            logs: Type.Optional(oneOf(['0', '1'], { description: "`1` adds FAL's logs." })),
          },
          { additionalProperties: false },
        ),
        response: { 200: aJob('The job.'), ...problems(401, 403, 404, 422, 429) },
      },
    },
    async (request) => {
      const { wait = 0, logs } = request.query
      const found = await waited(deps, clientOf(request), request.params.id, {
        seconds: wait,
        signal: request.signal,
      })
      const job = await deps.withWholeResult(found, holdOf(request))
      const wanted = logs === undefined ? deps.logsByDefault : logs === '1'
      if (!wanted || job.requestId === null) return deps.view(job)
      return { ...deps.view(job), logs: await deps.logsOf(job) }
    },
  )
}

/** Proxies and load balancers cut a request that has no answer for a minute. */
const heldAtMostSeconds = 50

/** Waits up to `seconds` for a final status, within what proxies wait, then returns the job. */
async function waited(
  { findJob, watch }: JobRoutesDeps,
  client: Client,
  id: string,
  { seconds, signal }: { seconds: number; signal: FastifyRequest['signal'] },
): Promise<Job> {
  const job = await findJob(client, id)
  if (seconds === 0 || isFinal(job.status)) return job
  await watch.untilFinal(job.id, { timeoutMs: Math.min(seconds, heldAtMostSeconds) * 1000, signal })
  return findJob(client, id)
}

const jobIdOf = (result: CreateResult): string => (result.type === 'created' ? result.job.id : result.jobId)

/** Send the stored bytes, so that a replay is byte-identical. */
export function sendCreated(reply: FastifyReply, result: CreateResult): FastifyReply {
  if (result.type === 'replayed') reply.header('idempotency-replayed', 'true')
  return reply
    .code(202)
    .header('location', `/api/jobs/${jobIdOf(result)}`)
    .type('application/json')
    .send(result.body)
}
