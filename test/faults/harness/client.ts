/** A caller who does it right: one Idempotency-Key per job, repeated until there is an answer, and notes of what went wrong. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobView } from '../../../src/jobs/read/job-view.ts'

export const adminKey = 'fault-suite-admin-key-0123456789'

export interface Client {
  /** Where the service answers. */
  url: string
  /** Resolves when the job is accepted: its id. Rejects after a minute. */
  create(key: string, body: Record<string, unknown>): Promise<string>
  /** Asks until there is a 200. */
  get<T>(path: string): Promise<T>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  job(id: string): Promise<JobView>
  /** Answers that no caller should get: a 500, a 503 without Retry-After. */
  complaints: string[]
  /** How often each status (0: no connection) was the answer to a create. */
  statuses: Record<number, number>
}

const answerTimeoutMs = 60_000

/** An answer that asking again will not change. */
class Refused extends Error {}

export function createClient(url: string): Client {
  const complaints: string[] = []
  const statuses: Record<number, number> = {}

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        connection: 'close',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    })
    if (answer.status === 500)
      complaints.push(`${method} ${path}: 500 ${(await answer.clone().text()).slice(0, 300)}`)
    if (answer.status === 503 && answer.headers.get('retry-after') === null)
      complaints.push(`${method} ${path}: 503 without Retry-After`)
    return answer
  }

  async function retrying<T>(ask: () => Promise<T | null>, what: string): Promise<T> {
    const begun = performance.now()
    for (;;) {
      // No connection, or one that was cut: the replica was killed, and another try finds another one.
      const answer = await ask().catch((error: unknown) => {
        if (error instanceof Refused) throw error
        return null
      })
      if (answer !== null) return answer
      if (performance.now() - begun > answerTimeoutMs) throw new Error(`no answer within a minute: ${what}`)
      await sleep(100 + Math.random() * 150)
    }
  }

  const get: Client['get'] = (path) =>
    retrying(async () => {
      const answer = await call('GET', path)
      if (answer.status >= 400 && answer.status < 429) throw new Refused(`${path}: ${answer.status}`)
      return answer.status === 200 ? JSON.parse(await answer.text()) : null
    }, path)

  return {
    url,
    complaints,
    statuses,
    get,
    post: (path, body, headers) =>
      retrying(async () => {
        const answer = await call('POST', path, body, headers)
        return answer.status >= 500 ? null : answer
      }, path),
    job: (id) => get(`/api/jobs/${id}`),
    create: (key, body) =>
      retrying(async () => {
        const answer = await call('POST', '/api/jobs', body, { 'idempotency-key': key }).catch(() => null)
        const status = answer?.status ?? 0
        statuses[status] = (statuses[status] ?? 0) + 1
        if (answer === null || status === 409 || status === 429 || status >= 500) return null
        if (status !== 202) throw new Refused(`create answered ${status}: ${await answer.text()}`)
        const created: { id: string } = JSON.parse(await answer.text())
        return created.id
      }, key),
  }
}
