/**
 * The load generator: keeps `connections` requests in the air for a time and tells how fast answers came. It shares the
 * machine with what it measures, so it takes undici's bare dispatch: no streams, no bodies kept, one connection a lane.
 */
import { Client } from 'undici'

export interface PlainRequest {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface LoadOptions {
  /** Several: lanes are dealt out to them in turn. */
  url: string | readonly string[]
  connections: number
  seconds: number
  /** The n-th request; null ends the run: there are no more. */
  request: (n: number) => PlainRequest | null
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
  const urls = [options.url].flat()
  const clients = Array.from({ length: options.connections }, (_, lane) => {
    return new Client(urls[lane % urls.length] ?? '', { pipelining: 1 })
  })
  const times: number[] = []
  const begun = performance.now()
  const end = begun + options.seconds * 1000
  let n = 0
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < end) {
        const request = options.request(n++)
        if (request === null) break
        const sent = performance.now()
        await send(client, request, options.expect)
        times.push(performance.now() - sent)
      }
    }),
  )
  const seconds = (performance.now() - begun) / 1000
  await Promise.all(clients.map((client) => client.close()))
  times.sort((a, b) => a - b)
  return {
    perSecond: times.length / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    count: times.length,
  }
}

/** Resolves when the whole answer is there. Its bytes are kept only to explain a status nobody expected. */
function send(client: Client, { method, path, headers, body }: PlainRequest, expect: number): Promise<void> {
  return new Promise((settle, reject) => {
    let status = 0
    let text = ''
    client.dispatch(
      { method, path, headers: headers ?? {}, body: body ?? null },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode
        },
        onResponseData(_controller, chunk) {
          if (status !== expect && text.length < 1_000) text += chunk.toString()
        },
        onResponseEnd() {
          if (status === expect) settle()
          else reject(new Error(`${method} ${path} answered ${status}: ${text}`))
        },
        onResponseError(_controller, error) {
          reject(error)
        },
      },
    )
  })
}

/** Of sorted values; 0 when there are none. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0

/** Of an even number: the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}
