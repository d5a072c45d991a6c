/** Load from one process: keeps `connections` requests in the air for a time and tells how fast answers came. */
import { Pool } from 'undici'

export interface LoadOptions {
  url: string
  connections: number
  seconds: number
  /** The n-th request. */
  request: (n: number) => {
    method: 'GET' | 'POST'
    path: string
    headers?: Record<string, string>
    body?: string | Buffer
  }
  /** Ends the run before its time. */
  stopWhen?: () => boolean
  /** Any other status ends the run with an error. */
  expect: number
}

export interface LoadResult {
  perSecond: number
  p50Ms: number
  p99Ms: number
  count: number
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(options.url, { connections: options.connections, pipelining: 1 })
  const times: number[] = []
  const begun = performance.now()
  const end = begun + options.seconds * 1000
  let n = 0
  const lane = async () => {
    while (performance.now() < end && options.stopWhen?.() !== true) {
      const { method, path, headers, body } = options.request(n++)
      const sent = performance.now()
      const answer = await pool.request({ method, path, headers: headers ?? {}, body: body ?? null })
      if (answer.statusCode !== options.expect) {
        throw new Error(`${method} ${path} answered ${answer.statusCode}: ${await answer.body.text()}`)
      }
      await answer.body.dump()
      times.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: options.connections }, lane))
  const seconds = (performance.now() - begun) / 1000
  await pool.close()
  times.sort((a, b) => a - b)
  return {
    perSecond: times.length / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    count: times.length,
  }
}

/** Of sorted values; 0 when there are none. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0

export const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
