/**
 * Sends one request with retries where they are safe: the service may be restarting, overloaded or unreachable for a
 * moment.
 */
import { FalJobsError, isPassing, retryAfterOf } from './errors.ts'

export interface SendOptions {
  fetch: (request: Request) => Promise<Response>
  /** The value of the Authorization header, looked up for every try. */
  authorization: () => Promise<string | null>
  /** Tries in all. */
  attempts: number
  /** Longest wait for the head of an answer, in ms. */
  timeoutMs: number
}

export type Send = (request: Request) => Promise<Response>

const firstDelayMs = 250
const longestDelayMs = 8_000
/** A longer Retry-After is left to the caller. */
const longestRetryAfterSeconds = 60

/** Resolves to the last answer whatever its status. @throws FalJobsError NETWORK; the reason of an aborted signal. */
export function makeSend(options: SendOptions): Send {
  return async function send(request) {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= options.attempts
      const answer = await once(request, options)
      if (answer instanceof Response) {
        if (isLast || !(await isWorthAnother(request, answer))) return answer
        const retryAfter = retryAfterOf(answer)
        if (retryAfter !== null && retryAfter > longestRetryAfterSeconds) return answer
        await answer.body?.cancel()
        await pause(retryAfter === null ? delayMs(attempt) : retryAfter * 1000, request.signal)
      } else {
        if (isLast || !isRepeatable(request)) throw answer
        await pause(delayMs(attempt), request.signal)
      }
    }
  }
}

/** One attempt: the answer, or the error when there was none. */
async function once(request: Request, options: SendOptions): Promise<Response | FalJobsError> {
  const controller = new AbortController()
  const passOn = () => controller.abort(request.signal.reason)
  request.signal.throwIfAborted()
  request.signal.addEventListener('abort', passOn, { once: true })
  const timer = setTimeout(
    () => controller.abort(new Error(`No answer within ${options.timeoutMs} ms.`)),
    options.timeoutMs,
  )
  try {
    const authorization = await options.authorization()
    const headers = new Headers(request.headers)
    if (authorization !== null) headers.set('authorization', authorization)
    return await options.fetch(new Request(request.clone(), { headers, signal: controller.signal }))
  } catch (error) {
    request.signal.throwIfAborted()
    return new FalJobsError('The service could not be reached.', {
      code: 'NETWORK',
      retryable: true,
      cause: error,
    })
  } finally {
    clearTimeout(timer)
    // The listener stays: aborting must also end a body that is still being read.
  }
}

/** Whether the request is idempotent: it reads, deletes, or carries an idempotency key. */
const isRepeatable = ({ method, headers, url }: Request): boolean =>
  method !== 'POST' || headers.has('idempotency-key') || url.endsWith('/cancel')

async function isWorthAnother(request: Request, answer: Response): Promise<boolean> {
  // Refused before anything was done: repeating is safe for every request.
  if (answer.status === 429) return true
  if (!isRepeatable(request)) return false
  if (isPassing(answer.status)) return true
  if (answer.status !== 409) return false
  const text = await answer.clone().text()
  return text.includes('"IDEMPOTENCY_IN_PROGRESS"')
}

/** Doubling, with a random part so that many clients do not come back at the same moment. */
export const delayMs = (attempt: number): number =>
  Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs) * (0.5 + Math.random() / 2)

/** @throws the signal's reason as soon as it aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
