/**
 * One HTTP exchange, with FAL or with a client's receiver: bounded in time and size, redirects never followed.
 * Invariants: never throws for what the network does, and reports whether any byte of the request may have been sent.
 */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { type Dispatcher, request } from 'undici'
import type { Hold } from '../../ports/memory-budget.ts'

export interface ExchangeOptions {
  dispatcher: Dispatcher
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  headers: Record<string, string>
  body?: string
  /** Of the whole exchange, in ms: connecting, sending, and reading the answer to its end. */
  timeoutMs: number
  /** Until the answer's headers, in ms; `timeoutMs` when not given. */
  headersTimeoutMs?: number
  maxBytes: number
  /** The body of a success is dropped unread; `text` is empty then. */
  headersOnly?: boolean
  /** Called once before more than a megabyte of an answer is read: with its length, or the limit where none is declared. */
  hold?: Hold | undefined
  signal?: AbortSignal
}

export type Exchanged =
  | { type: 'answer'; httpStatus: number; headers: Record<string, string>; text: string }
  | {
      type: 'trouble'
      /** Whether the request may have been written to a connection, in part or whole. */
      sent: boolean
      /** A Node, undici or OpenSSL code; TIMEOUT, ABORTED and TOO_LARGE are ours. */
      code: string
      /** Status of an answer that was cut, else null. */
      httpStatus: number | null
      headers: Record<string, string>
    }

/** A body to drop is read up to here, so that its connection can be kept; a longer one ends it. */
const droppedAtMost = 16 * 1024

/** An answer below this is not counted against the memory budget. */
const notableBytes = 1024 * 1024

const tracer = trace.getTracer('fal-jobs')

/**
 * Runs in a span of the current trace, which is propagated as `traceparent`. The span names only the host, since
 * paths may hold secrets.
 */
export function exchange(options: ExchangeOptions): Promise<Exchanged> {
  const host = URL.parse(options.url)?.host ?? 'no host'
  const attributes = { 'http.request.method': options.method, 'server.address': host }
  return tracer.startActiveSpan(
    `${options.method} ${host}`,
    { kind: SpanKind.CLIENT, attributes },
    async (span) => {
      const headers = { ...options.headers }
      propagation.inject(context.active(), headers)
      const exchanged = await exchangeOnce({ ...options, headers })
      if (exchanged.httpStatus !== null) span.setAttribute('http.response.status_code', exchanged.httpStatus)
      if (exchanged.type === 'trouble')
        span.setStatus({ code: SpanStatusCode.ERROR, message: exchanged.code })
      span.end()
      return exchanged
    },
  )
}

async function exchangeOnce(options: ExchangeOptions): Promise<Exchanged> {
  const progress = { sent: false, httpStatus: null as number | null, headers: {} as Record<string, string> }
  const limit = limited(options)
  try {
    const response = await Promise.race([
      request(options.url, {
        method: options.method,
        headers: options.headers,
        body: options.body ?? null,
        dispatcher: options.dispatcher.compose(
          noteStart(limit.signal, () => {
            progress.sent = true
          }),
        ),
        headersTimeout: options.headersTimeoutMs ?? options.timeoutMs,
        bodyTimeout: options.timeoutMs,
        signal: limit.signal,
      }),
      // undici handles an abort only once it is connected; race it, so that a hanging connect does not block the
      // caller.
      limit.abandoned,
    ])
    progress.httpStatus = response.statusCode
    progress.headers = flat(response.headers)
    const isDropped = options.headersOnly === true && response.statusCode < 300
    if (isDropped) await response.body.dump({ limit: droppedAtMost })
    const text = isDropped ? '' : await readBody(response, options)
    return { type: 'answer', httpStatus: response.statusCode, headers: progress.headers, text }
  } catch (error) {
    return { type: 'trouble', code: limit.cause() ?? codeOf(error), ...progress }
  } finally {
    limit.release()
  }
}

interface Limit {
  signal: AbortSignal
  /** Rejects when the signal aborts. */
  abandoned: Promise<never>
  cause(): 'TIMEOUT' | 'ABORTED' | null
  release(): void
}

/** The caller's signal and the time-out in one. Unlike `AbortSignal.timeout` it retains nothing once released. */
function limited({ timeoutMs, signal }: ExchangeOptions): Limit {
  const controller = new AbortController()
  let cause: 'TIMEOUT' | 'ABORTED' | null = null
  const end = (why: 'TIMEOUT' | 'ABORTED') => () => {
    cause ??= why
    controller.abort()
  }
  const timer = setTimeout(end('TIMEOUT'), timeoutMs)
  const onAbort = end('ABORTED')
  const abandoned = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true })
  })
  // Mark the promise as handled: it may have no waiter.
  abandoned.catch(() => {})
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted === true) onAbort()
  return {
    signal: controller.signal,
    abandoned,
    cause: () => cause,
    release: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/**
 * Called when undici starts to write the request to an open connection: from then on it may have been sent; before
 * that (DNS, connect, TLS) it certainly was not. Aborted by then, undici drops it there without writing.
 */
function noteStart(signal: AbortSignal, started: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const original = handler.onRequestStart
    handler.onRequestStart = (controller, context) => {
      if (!signal.aborted) started()
      original?.call(handler, controller, context)
    }
    return dispatch(options, handler)
  }
}

class TooLarge extends Error {
  readonly code = 'TOO_LARGE'
}

async function readBody(
  { body, headers }: Pick<Dispatcher.ResponseData, 'body' | 'headers'>,
  { maxBytes, hold }: Pick<ExchangeOptions, 'maxBytes' | 'hold'>,
): Promise<string> {
  const tooLarge = new TooLarge(`The answer is larger than ${maxBytes} bytes.`)
  // A declared length saves reading up to the limit.
  const declared = Number(headers['content-length'])
  if (declared > maxBytes) {
    await body.dump({ limit: 0 }).catch(() => undefined)
    throw tooLarge
  }
  let isHeld = hold === undefined
  if (declared > notableBytes && !isHeld) {
    isHeld = true
    await hold?.(declared)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge
    if (bytes > notableBytes && !isHeld) {
      isHeld = true
      await hold?.(maxBytes)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const single: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return single
}

/** Only the code: messages of the network stack may quote what was sent. */
function codeOf(error: unknown): string {
  const seen = new Set<unknown>()
  let current = error
  while (current instanceof Error && !seen.has(current)) {
    seen.add(current)
    if ('code' in current && typeof current.code === 'string') return current.code
    current = current.cause
  }
  return error instanceof Error ? error.name : 'UNKNOWN'
}
