/**
 * The drop-in for FAL's official clients, by the protocol of FAL's proxy (`proxyUrl`) or below a path for each of FAL's
 * hosts: submits and runs become jobs, everything about them is answered from our own database in FAL's shapes, and only
 * the initiation of uploads is passed on to FAL.
 */
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import type { FalService } from '../../domain/fal-hosts.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { FalLog } from '../../domain/outcome/outcome.ts'
import type { CheckUpload } from '../../jobs/proxy/limit-uploads.ts'
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
import { type ProxyTarget, readPath, readTarget } from '../../jobs/proxy/proxy-target.ts'
import type { FindJob } from '../../jobs/read/find-job.ts'
import type { JobView } from '../../jobs/read/job-view.ts'
import type { JobWatch } from '../../jobs/read/job-watch.ts'
import type { WithWholeResult } from '../../jobs/read/whole-result.ts'
import type { CancelJob } from '../../jobs/run/cancel-job.ts'
import type { LogsOf } from '../../jobs/run/fal-logs.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FalStorage } from '../../ports/fal-storage.ts'
import type { IsLiveKey } from '../access/live-key-cache.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { invalidTarget, sendFalError } from '../plugins/fal-errors.ts'
import { parseJsonBodies } from '../plugins/json-body.ts'
import { dropBody, holdOf } from '../plugins/memory.ts'
import { toAppError } from '../plugins/problems.ts'
import { largeBody } from '../schemas/create-job-body.ts'
import { openStatusStream } from '../streams/fal-status-stream.ts'
import { createPolledJobs, type PolledJobs } from '../streams/polled-jobs.ts'
import {
  createTokenStreamLimit,
  type TokenStreamLimit,
  tooManyTokenStreams,
} from '../streams/token-stream-limit.ts'

export interface FalProxyDeps {
  proxySubmit: ProxySubmit
  findJob: FindJob
  cancelJob: CancelJob
  watch: Pick<JobWatch, 'follow' | 'untilFinal'>
  logsOf: LogsOf
  isLiveKey: IsLiveKey
  storage: FalStorage
  checkUpload: CheckUpload
  view: (job: Job) => JobView
  withWholeResult: WithWholeResult
  clock: Clock
  /** How long a completed job may be shown as still in progress until its files are archived, in ms. */
  archiveWaitMs: number
  /** How long a run is held until its job is final, in ms. */
  runWaitMs: number
  /** This service's public address; null: that of the request. */
  publicUrl: string | null
}

const proxyUrl = '/api/fal/proxy'
/** One path for each of FAL's hosts, for clients that take another base but no proxy. */
const pathUrls = ['/api/fal/queue/*', '/api/fal/run/*', '/api/fal/rest/*']
/** Pause between two reads of a finished job whose files are being copied. */
const archivePollMs = 200

/** Read by the official client, or ours. */
const readable = [
  'x-fal-request-id',
  'x-fal-error-type',
  'x-fal-request-timeout-type',
  'x-fal-billable-units',
  'x-fal-bill-as',
  'x-fal-jobs-id',
  'x-fal-jobs-ignored',
  'x-fal-jobs-warnings',
]
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
    if (toAppError(error).code === 'INTERNAL') request.log.error({ err: error }, 'proxy request failed')
    const endpointId = target?.type === 'submit' || target?.type === 'run' ? target.endpointId : null
    return sendFalError(reply, request, error, endpointId)
  })
  for (const url of [proxyUrl, ...pathUrls]) {
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
        if (target.type === 'unsupported') throw new AppError('MALFORMED_BODY', target.why)
        await needs(isReading(target) ? 'jobs:read' : 'jobs:write')(request)
      },
      async handler(request, reply) {
        const target = targetOf(request)
        if (target === null) throw invalidTarget()
        reply.header('cache-control', 'no-store')
        if (target.type === 'submit') return submit(deps, target, request, reply)
        if (target.type === 'run') return run(deps, target, request, reply)
        if (target.type === 'storage') return relay(deps, target.path, request, reply)
        if (target.type === 'unsupported') throw invalidTarget()
        return ofRequest(streaming, polled, target, request, reply)
      },
    })
  }
}

/** A call about a request that was submitted before. */
async function ofRequest(
  deps: FalProxyDeps & { tokenStreams: TokenStreamLimit },
  polled: PolledJobs,
  target: Extract<ProxyTarget, { requestId: string }>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const id = jobIdOf(target.requestId)
  if (request.onlyJobId !== null && request.onlyJobId !== id) {
    throw new AppError('FORBIDDEN', 'A job token only permits reading its own job.')
  }
  if (target.type === 'cancel') return cancel(deps, id, request, reply)
  const job = await deps.findJob(clientOf(request), id)
  name(reply, job.id)
  if (target.type === 'result') return result(deps, job, request, reply)
  if (target.type === 'stream') return stream(deps, job, target, request, reply)
  polled.note(job.id)
  const logs = target.logs ? await deps.logsOf(job) : null
  const settled = isSettled(job, deps.clock.now(), deps.archiveWaitMs)
  const base = queueBase(deps, request)
  return reply.code(settled ? 200 : 202).send(statusAnswer(job, { logs, settled, base }))
}

async function submit(
  deps: FalProxyDeps,
  target: ProxyTarget & { type: 'submit' | 'run' },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const jobId = await create(deps, target, request, reply)
  return reply.send(submitAnswer(jobId, target.endpointId, queueBase(deps, request)))
}

/** The job outlives the connection: FAL renders and bills it whether or not the client still waits. */
async function run(
  deps: FalProxyDeps,
  target: ProxyTarget & { type: 'run' },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { watch, runWaitMs, archiveWaitMs, clock, findJob } = deps
  const signal = untilClosed(reply)
  const jobId = await create(deps, target, request, reply)
  dropBody(request)
  await watch.untilFinal(jobId, { timeoutMs: runWaitMs, signal })
  let job = await findJob(clientOf(request), jobId)
  while (isFinal(job.status) && !isSettled(job, clock.now(), archiveWaitMs) && !signal.aborted) {
    await setTimeout(archivePollMs)
    job = await findJob(clientOf(request), jobId)
  }
  return result(deps, job, request, reply)
}

async function create(
  { proxySubmit }: FalProxyDeps,
  { endpointId, query }: ProxyTarget & { type: 'submit' | 'run' },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  const { headers, body: input } = request
  const { jobId, warnings } = await proxySubmit(clientOf(request), { endpointId, query, headers, input })
  name(reply, jobId)
  const ignored = ignoredHeaders(headers)
  if (ignored.length > 0) reply.header('x-fal-jobs-ignored', ignored.join(', '))
  if (warnings.length > 0) reply.header('x-fal-jobs-warnings', headerText(warnings.join('; ')))
  return jobId
}

const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 1_000)

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

async function result(
  deps: FalProxyDeps,
  found: Job,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const job = await deps.withWholeResult(found, holdOf(request))
  if (!isFinal(job.status)) return reply.code(400).send(unfinishedAnswer(job, queueBase(deps, request)))
  const origin = `${request.protocol}://${request.host}`
  const { media } = deps.view(job)
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
  const base = queueBase(deps, request)
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
    async read() {
      const now = await findJob(client, id)
      if (!(await deps.isLiveKey(client.keyId))) throw new AppError('UNAUTHENTICATED', 'The key was revoked.')
      const logs = wantsLogs ? await deps.logsOf(now) : []
      const settled = isSettled(now, clock.now(), deps.archiveWaitMs)
      const show = (fresh: readonly FalLog[]) =>
        statusAnswer(now, { logs: wantsLogs ? fresh : null, settled, base })
      return { logs, show }
    },
    onEnd(error) {
      leave()
      if (error !== undefined) request.log.warn({ err: error, jobId: id }, 'status stream failed')
    },
  })
  return reply
}

async function relay(
  { storage, checkUpload }: FalProxyDeps,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!isRecord(request.body)) throw new AppError('MALFORMED_BODY', 'The body must be a JSON object.')
  await checkUpload(clientOf(request))
  const lifecycle = request.headers['x-fal-object-lifecycle']
  const answer = await storage.relay(path, request.body, {
    lifecycle: typeof lifecycle === 'string' ? lifecycle : null,
    signal: untilClosed(reply),
  })
  return reply.code(answer.status).type('application/json').send(answer.body)
}

/**
 * `request.signal` is aborted as soon as a body has been read: the connection of the answer shows that the client
 * left.
 */
function untilClosed(reply: FastifyReply): AbortSignal {
  const closed = new AbortController()
  reply.raw.once('close', () => closed.abort())
  return closed.signal
}

const isReading = ({ type }: ProxyTarget): boolean =>
  type === 'status' || type === 'stream' || type === 'result'

const nothing = (): void => undefined

function targetOf(request: FastifyRequest): ProxyTarget | null {
  const byPath = pathOf(request)
  if (byPath !== null) return readPath(request.method, byPath.service, byPath.path)
  const header = request.headers['x-fal-target-url']
  return typeof header === 'string' ? readTarget(request.method, header) : null
}

/** null: a call by the protocol of FAL's proxy. */
function pathOf({ url }: FastifyRequest): { service: FalService; path: string } | null {
  const [, service, path = '', query = ''] =
    /^\/api\/fal\/(queue|run|rest)(\/[^?]*)(?:\?(.*))?$/.exec(url) ?? []
  if (service !== 'queue' && service !== 'run' && service !== 'rest') return null
  // The token is ours.
  const parameters = query
    .split('&')
    .filter((parameter) => parameter !== '' && !parameter.startsWith('token='))
  return { service, path: parameters.length === 0 ? path : `${path}?${parameters.join('&')}` }
}

/** Where the client that called reaches the queue. */
function queueBase({ publicUrl }: FalProxyDeps, request: FastifyRequest): string {
  if (pathOf(request) === null) return 'https://queue.fal.run'
  return `${publicUrl ?? `${request.protocol}://${request.host}`}/api/fal/queue`
}

function name(reply: FastifyReply, jobId: string): void {
  reply.header('x-fal-request-id', requestIdOf(jobId)).header('x-fal-jobs-id', jobId)
}
