/** How the operator's commands speak to a running service: FAL_JOBS_URL and FAL_JOBS_KEY, JSON in and out, errors in words. */
import { environmentOfProcess } from '../../config/config.ts'

export interface ApiClient {
  /** The parsed answer; null for one without a body. @throws ApiError for any answer that is not 2xx. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
}

/** A refusal of the service, or no answer at all; the message is for the terminal. */
export class ApiError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
  }
}

/** Longer than any wait that the service grants. */
const timeoutMs = 70_000

/**
 * FAL_JOBS_URL: default http://127.0.0.1:PORT. FAL_JOBS_KEY: default BOOTSTRAP_API_KEY, so that inside the service's
 * own container nothing need be set.
 */
export function createApiClient(environment = environmentOfProcess()): ApiClient {
  const base = environment.FAL_JOBS_URL?.trim() || `http://127.0.0.1:${environment.PORT?.trim() || 3000}`
  const key = environment.FAL_JOBS_KEY?.trim() || environment.BOOTSTRAP_API_KEY?.trim()
  if (!key)
    throw new ApiError(
      'NO_KEY',
      "Set FAL_JOBS_KEY to an API key of the service (once BOOTSTRAP_API_KEY is unset, the operator's).",
    )
  if (!URL.canParse(base)) throw new ApiError('BAD_URL', `FAL_JOBS_URL is not a URL: ${base}`)
  return {
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${base.replace(/\/+$/, '')}${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw new ApiError('UNREACHABLE', `${base} cannot be reached: ${reasonOf(error)}`)
      })
      const text = await response.text()
      if (!response.ok) throw refusal(response.status, text)
      // What the service answers is described by its OpenAPI document, and the caller names the part it reads.
      return (text === '' ? null : JSON.parse(text)) as T
    },
  }
}

function refusal(status: number, text: string): ApiError {
  try {
    const problem: unknown = JSON.parse(text)
    if (typeof problem === 'object' && problem !== null && 'code' in problem && 'detail' in problem)
      return new ApiError(String(problem.code), `${problem.code}: ${problem.detail}`)
  } catch {
    // Not a problem document: something between us and the service answered.
  }
  return new ApiError('UNEXPECTED', `the answer was ${status}: ${text.slice(0, 200)}`)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
