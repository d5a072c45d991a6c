/**
 * The client of this service for browsers and Node: typed calls over openapi-fetch, and the few verbs that are more than
 * one call. Promise: a create never pays twice however often it is sent; a refusal is a FalJobsError that says what to fix.
 */
import createFetch, { type Client as ApiClient } from 'openapi-fetch'
import type { components, paths, webhooks } from './data/api-types.ts'
import { errorOf, FalJobsError } from './errors.ts'
import { makeSend, pause } from './retry.ts'
import { type JobEvent, type WatchOptions, watchEvents } from './watch.ts'

export type { Problem } from './errors.ts'
export type { JobEvent, WatchOptions } from './watch.ts'
export type { components, paths }
export { FalJobsError }

export type Job = components['schemas']['Job']
export type CreateJob = components['schemas']['CreateJob']
/** What a receiver of callbacks is sent. */
export type JobCallback = webhooks['jobCallback']['post']['requestBody']['content']['application/json']

/** A key or token, or what gives one whenever a request is sent. */
type Secret = string | (() => string | Promise<string>)

export interface ClientOptions {
  /** Where the service is, e.g. `https://jobs.example.com`. */
  baseUrl: string
  /** An API key; for servers only. */
  apiKey?: Secret
  /** A job token (`POST /api/jobs/{id}/token`): for browsers, to read one job. */
  token?: Secret
  /** Instead of the platform's own. */
  fetch?: (request: Request) => Promise<Response>
  /** Maximum attempts of a request that is safe to repeat; default 5. */
  attempts?: number
  /** Longest wait for an answer to begin, in ms; default 90 s. */
  timeoutMs?: number
}

export interface CreateOptions {
  /** Default: a random key, which covers the attempts of this call only. Pass your own key to survive a crash. */
  idempotencyKey?: string
  /** Seconds (≤ 60) that the service waits for a final state. */
  waitSeconds?: number
  signal?: AbortSignal
}

export interface WaitOptions {
  /** Default: as long as it takes. */
  timeoutMs?: number
  /** Wait for the files to be archived, too. */
  archived?: boolean
  signal?: AbortSignal
}

export type ListFilter = Omit<NonNullable<paths['/api/jobs']['get']['parameters']['query']>, 'cursor'> & {
  metadata?: Record<string, string>
}

export interface FalJobsClient {
  /** @throws FalJobsError */
  create(request: CreateJob, options?: CreateOptions): Promise<Job>
  /** `logs`: with FAL's logs. @throws FalJobsError NOT_FOUND */
  get(id: string, options?: { logs?: boolean; signal?: AbortSignal }): Promise<Job>
  /** Newest first, page by page as you go; `limit` is the size of a page. */
  list(filter?: ListFilter, options?: { signal?: AbortSignal }): AsyncGenerator<Job, void, undefined>
  /** The job in its final state, whichever it is. @throws FalJobsError WAIT_TIMEOUT */
  waitFor(id: string, options?: WaitOptions): Promise<Job>
  /** Its events so far and as they happen, each once and in order; ends with the job and its archive. */
  watch(id: string, options?: WatchOptions): AsyncGenerator<JobEvent, void, undefined>
  /** The job as it is then: canceled, or still running until FAL has answered. @throws FalJobsError JOB_FINAL */
  cancel(id: string, options?: { signal?: AbortSignal }): Promise<Job>
  /** Every other operation, typed: `api.GET('/api/models')`. Refusals come back as `error`. */
  api: ApiClient<paths>
}

const usualAttempts = 5
/** Longer than the longest wait of the service. */
const usualTimeoutMs = 90_000
const longestWaitSeconds = 60
/** Time allowed for an answer in addition to the requested wait, in seconds. */
const answerSeconds = 5

export function createClient(options: ClientOptions): FalJobsClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const send = makeSend({
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    authorization: () => authorizationOf(options.apiKey ?? options.token),
    attempts: options.attempts ?? usualAttempts,
    timeoutMs: options.timeoutMs ?? usualTimeoutMs,
  })
  const api = createFetch<paths>({ baseUrl, fetch: send })
  const heldSeconds = holdableSeconds(options.timeoutMs ?? usualTimeoutMs)

  async function read(
    id: string,
    wait: number,
    logs: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Job> {
    const query = { ...(wait > 0 ? { wait } : {}), ...(logs ? { logs: '1' as const } : {}) }
    const params = { path: { id }, query }
    return given(await api.GET('/api/jobs/{id}', { params, ...withSignal(signal) }))
  }

  async function waitFor(
    id: string,
    { timeoutMs, archived = false, signal }: WaitOptions = {},
  ): Promise<Job> {
    const deadline = deadlineOf(timeoutMs, signal)
    try {
      for (;;) {
        const begun = Date.now()
        const seconds = Math.min(heldSeconds, secondsOf(deadline.leftMs()))
        const job = await read(id, seconds, false, deadline.signal)
        if (isFinal(job) && !(archived && job.archive.status === 'pending')) return job
        if (isFinal(job)) for await (const _event of client.watch(id, { signal: deadline.signal }));
        // A stopping service answers early: pause before asking again.
        if (Date.now() - begun < 1_000) await pause(250, deadline.signal)
      }
    } finally {
      deadline.clear()
    }
  }

  const client: FalJobsClient = {
    api,

    async create(body, { idempotencyKey = newKey(), waitSeconds = 0, signal } = {}) {
      const header = {
        'idempotency-key': idempotencyKey,
        ...(waitSeconds > 0 ? { prefer: `wait=${Math.min(waitSeconds, heldSeconds)}` } : {}),
      }
      return given(await api.POST('/api/jobs', { params: { header }, body, ...withSignal(signal) }))
    },

    get: (id, { logs = false, signal } = {}) => read(id, 0, logs, signal),

    list: (filter = {}, { signal } = {}) => pagesOf(api, filter, signal),

    waitFor,

    watch: (id, watchOptions = {}) =>
      watchEvents(send, `${baseUrl}/api/jobs/${encodeURIComponent(id)}/events`, watchOptions),

    async cancel(id, { signal } = {}) {
      try {
        const params = { path: { id } }
        return given(await api.POST('/api/jobs/{id}/cancel', { params, ...withSignal(signal) }))
      } catch (error) {
        // Canceled before, perhaps by an earlier try of this very call whose answer was lost.
        if (!(error instanceof FalJobsError) || error.code !== 'JOB_FINAL') throw error
        const job = await read(id, 0, false, signal)
        if (job.status !== 'canceled') throw error
        return job
      }
    },
  }
  return client
}

async function* pagesOf(
  api: ApiClient<paths>,
  { metadata = {}, ...filter }: ListFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<Job, void, undefined> {
  const pairs = Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, value])
  let cursor: string | null = null
  do {
    const query = { ...filter, ...Object.fromEntries(pairs), ...(cursor === null ? {} : { cursor }) }
    const page: { data: Job[]; nextCursor: string | null } = given(
      await api.GET('/api/jobs', { params: { query }, ...withSignal(signal) }),
    )
    yield* page.data
    cursor = page.nextCursor
  } while (cursor !== null)
}

/** The body of a success. @throws FalJobsError for anything else. */
function given<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.response.ok && answer.data !== undefined) return answer.data
  throw errorOf(answer.response, answer.error)
}

async function authorizationOf(secret: Secret | undefined): Promise<string | null> {
  if (secret === undefined) return null
  return `Bearer ${typeof secret === 'function' ? await secret() : secret}`
}

const newKey = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const withSignal = (signal: AbortSignal | undefined): { signal?: AbortSignal } =>
  signal === undefined ? {} : { signal }

/** By the API's own list of statuses: one that is added there does not compile before it is judged here. */
const endsJob = {
  pending: false,
  running: false,
  completed: true,
  failed: true,
  canceled: true,
} as const satisfies Record<Job['status'], boolean>

const isFinal = ({ status }: Job): boolean => endsJob[status]

/** The service must not wait longer than this client does: its answer would be lost. */
const holdableSeconds = (timeoutMs: number): number =>
  Math.min(longestWaitSeconds, Math.max(0, Math.floor(timeoutMs / 1000) - answerSeconds))

const secondsOf = (leftMs: number): number =>
  Math.max(1, Math.min(longestWaitSeconds, Math.ceil(leftMs / 1000)))

/** The caller's signal and the time-out in one. */
function deadlineOf(timeoutMs: number | undefined, given: AbortSignal | undefined) {
  const controller = new AbortController()
  const end = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs
  const passOn = () => controller.abort(given?.reason)
  if (given?.aborted === true) passOn()
  given?.addEventListener('abort', passOn, { once: true })
  const late = () =>
    controller.abort(
      new FalJobsError(`The job was not final within ${timeoutMs} ms.`, {
        code: 'WAIT_TIMEOUT',
        retryable: true,
      }),
    )
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
  return {
    signal: controller.signal,
    leftMs: () => end - Date.now(),
    clear: () => {
      clearTimeout(timer)
      given?.removeEventListener('abort', passOn)
    },
  }
}
