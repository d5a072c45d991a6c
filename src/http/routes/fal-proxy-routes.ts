/**
 * The drop-in for FAL's official client (`proxyUrl`): submits become jobs, everything about them is answered from our own
 * database in FAL's shapes, and only the initiation of uploads is passed on to FAL.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import {
  isSettled,
  jobIdOf,
  requestIdOf,
  statusAnswer,
  submitAnswer,
  unfinishedAnswer,
} from '../../jobs/proxy/proxy-answers.ts'
import { resultAnswer } from '../../jobs/proxy/proxy-result.ts'
import { ignoredHeaders, type ProxySubmit } from '../../jobs/proxy/proxy-submit.ts'
import { type ProxyTarget, readTarget } from '../../jobs/proxy/proxy-target.ts'
import type { FindJob } from '../../jobs/read/find-job.ts'
import type { JobView } from '../../jobs/read/job-view.ts'
import type { JobWatch } from '../../jobs/read/job-watch.ts'
import type { CancelJob } from '../../jobs/run/cancel-job.ts'
import type { LogsOf } from '../../jobs/run/fal-logs.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FalStorage } from '../../ports/fal-storage.ts'
import type { IsLiveKey } from '../access/live-key-cache.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { invalidTarget, sendFalError } from '../plugins/fal-errors.ts'
import { parseJsonBodies } from '../plugins/json-body.ts'
import { largeBody } from '../schemas/create-job-body.ts'
import { openStatusStream } from '../streams/fal-status-stream.ts'
import { createPolledJobs } from '../streams/polled-jobs.ts'
import {
  createTokenStreamLimit,
  type TokenStreamLimit,
  tooManyTokenStreams,
} from '../streams/token-stream-limit.ts'

export interface FalProxyDeps {
  proxySubmit: ProxySubmit
  findJob: FindJob
  cancelJob: CancelJob
  watch: Pick<JobWatch, 'follow'>
  logsOf: LogsOf
  isLiveKey: IsLiveKey
  storage: FalStorage
  view: (job: Job) => JobView
  clock: Clock
  /** How long a completed job may be shown as still in progress until its files are archived, in ms. */
  archiveWaitMs: number
}

const url = '/api/fal/proxy'

/** Read by the official client, or ours. */
const readable = ['x-fal-request-id', 'x-fal-error-type', 'x-fal-request-timeout-type', 'x-fal-jobs-id']
const cors = { methods: ['GET', 'POST', 'PUT'], exposedHeaders: [...readable, 'retry-after', 'x-request-id'] }

/** To be registered in a scope of its own, guarded by the proxy's own authentication. */
export async function falProxyRoutes(app: FastifyInstance, deps: FalProxyDeps): Promise<void> {
  const polled = createPolledJobs(deps)
  const streaming = { ...deps, tokenStreams: createTokenStreamLimit() }
  app.addHook('preClose', async () => polled.close())
  // The official client names JSON and sends nothing on cancel, and on submit without input.
  parseJsonBodies(app, () => true)
  app.setErrorHandler((error: Parameters<typeof sendFalError>[2], request, reply) => {
    const target = targetOf(request)
    if (!(error instanceof AppError)) request.log.error({ err: error }, 'proxy request failed')
    return sendFalError(reply, request, error, target?.type === 'submit' ? target.endpointId : null)
  })
  // For preflights: the route's methods are others than the API's.
  app.options(url, { schema: { hide: true } as object, config: { cors } }, (_request, reply) =>
    reply.callNotFound(),
  )

  app.route({
    method: ['GET', 'POST', 'PUT'],
    url,
    schema: { hide: true } as object,
    config: { cors },
    bodyLimit: largeBody,
    async onRequest(request) {
      const target = targetOf(request)
      if (target === null) throw invalidTarget()
      await needs(isReading(target) ? 'jobs:read' : 'jobs:write')(request)
    },
    async handler(request, reply) {
      const target = targetOf(request)
      if (target === null) throw invalidTarget()
      reply.header('cache-control', 'no-store')
      if (target.type === 'submit') return submit(deps, target, request, reply)
      if (target.type === 'storage') return relay(deps, target.path, request, reply)
      const id = jobIdOf(target.requestId)
      if (request.onlyJobId !== null && request.onlyJobId !== id) {
        throw new AppError('FORBIDDEN', 'A job token only permits reading its own job.')
      }
      if (target.type === 'cancel') return cancel(deps, id, request, reply)
      const job = await deps.findJob(clientOf(request), id)
      name(reply, job.id)
      if (target.type === 'result') return result(deps, job, request, reply)
      if (target.type === 'stream') return stream(streaming, job, target, request, reply)
      polled.note(job.id)
      const logs = target.logs ? await deps.logsOf(job) : null
      const settled = isSettled(job, deps.clock.now(), deps.archiveWaitMs)
      return reply.code(settled ? 200 : 202).send(statusAnswer(job, logs, settled))
    },
  })
}

async function submit(
  { proxySubmit }: FalProxyDeps,
  { endpointId, query }: ProxyTarget & { type: 'submit' },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { headers, body: input } = request
  const jobId = await proxySubmit(clientOf(request), { endpointId, query, headers, input })
  name(reply, jobId)
  const ignored = ignoredHeaders(headers)
  if (ignored.length > 0) reply.header('x-fal-jobs-ignored', ignored.join(', '))
  return reply.send(submitAnswer(jobId, endpointId))
}

async function cancel(
  { cancelJob }: FalProxyDeps,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  name(reply, id)
  try {
    const job = await cancelJob(clientOf(request), id)
    if (job.status === 'canceled') return reply.send({ status: 'OK' })
    return reply.code(202).send({ status: 'CANCELLATION_REQUESTED' })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'JOB_FINAL') throw error
    return reply.code(400).send({ status: 'ALREADY_COMPLETED' })
  }
}

function result(
  { view }: FalProxyDeps,
  job: Job,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (!isFinal(job.status)) return reply.code(400).send(unfinishedAnswer(job))
  const origin = `${request.protocol}://${request.host}`
  const { media } = view(job)
  const answer = resultAnswer(job, (index) => {
    const link = media.find((file) => file.index === index)?.archiveUrl ?? null
    return link === null ? null : new URL(link, origin).href
  })
  return reply.code(answer.status).headers(answer.headers).type('application/json').send(answer.body)
}

function stream(
  deps: FalProxyDeps & { tokenStreams: TokenStreamLimit },
  { id }: Job,
  { logs: wantsLogs }: { logs: boolean },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { findJob, clock, watch } = deps
  const client = clientOf(request)
  const leave = request.onlyJobId === null ? nothing : deps.tokenStreams.take(id)
  if (leave === null) throw tooManyTokenStreams()
  reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('x-accel-buffering', 'no')
    .header('x-request-id', request.id)
  for (const [header, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(header, value)
  }
  reply.hijack()
  reply.raw.writeHead(200)
  openStatusStream(watch, {
    response: reply.raw,
    jobId: id,
    wantsLogs,
    async look() {
      const now = await findJob(client, id)
      if (!(await deps.isLiveKey(client.keyId))) throw new AppError('UNAUTHENTICATED', 'The key was revoked.')
      const logs = wantsLogs ? await deps.logsOf(now) : []
      const settled = isSettled(now, clock.now(), deps.archiveWaitMs)
      return { logs, show: (fresh) => statusAnswer(now, wantsLogs ? fresh : null, settled) }
    },
    onEnd(error) {
      leave()
      if (error !== undefined) request.log.warn({ err: error, jobId: id }, 'status stream failed')
    },
  })
  return reply
}

async function relay(
  { storage }: FalProxyDeps,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!isRecord(request.body)) throw new AppError('MALFORMED_BODY', 'The body must be a JSON object.')
  const lifecycle = request.headers['x-fal-object-lifecycle']
  const answer = await storage.relay(path, request.body, {
    lifecycle: typeof lifecycle === 'string' ? lifecycle : null,
    signal: untilClosed(reply),
  })
  return reply.code(answer.status).type('application/json').send(answer.body)
}

/** `request.signal` is aborted as soon as a body has been read: the connection of the answer tells that the client left. */
function untilClosed(reply: FastifyReply): AbortSignal {
  const closed = new AbortController()
  reply.raw.once('close', () => closed.abort())
  return closed.signal
}

const isReading = ({ type }: ProxyTarget): boolean =>
  type === 'status' || type === 'stream' || type === 'result'

const nothing = (): void => undefined

function targetOf(request: FastifyRequest): ProxyTarget | null {
  const header = request.headers['x-fal-target-url']
  return typeof header === 'string' ? readTarget(request.method, header) : null
}

function name(reply: FastifyReply, jobId: string): void {
  reply.header('x-fal-request-id', requestIdOf(jobId)).header('x-fal-jobs-id', jobId)
}
