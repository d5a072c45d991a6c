/** Calls a simulator as plain HTTP, and receives its webhooks: what the simulator's tests share. */

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { isObject, type Json, type JsonObject, parseJson } from '../../src/simulator/base/json.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'

export interface Answer {
  readonly statusCode: number
  readonly headers: Headers
  readonly text: string
  /** The body as an object; empty when it is not one. */
  readonly body: JsonObject
}

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly url: string
  readonly text: string
  readonly body: JsonObject
}

export async function call(url: string, options: RequestInit = {}): Promise<Answer> {
  const headers = { authorization: 'Key test:secret', 'content-type': 'application/json', ...options.headers }
  const response = await fetch(url, { redirect: 'manual', ...options, headers })
  const text = await response.text()
  return { statusCode: response.status, headers: response.headers, text, body: objectOf(text) }
}

export function submit(
  simulator: Simulator,
  endpointId: string,
  input: Json,
  options: { webhook?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const query = options.webhook ? `?fal_webhook=${encodeURIComponent(options.webhook)}` : ''
  const body = JSON.stringify(input)
  return call(`${simulator.queueBase}/${endpointId}${query}`, { method: 'POST', body, ...options })
}

/** Submits, ends the request at once and fetches its result. */
export async function run(
  simulator: Simulator,
  endpointId: string,
  input: Json,
  options: { webhook?: string; headers?: Record<string, string> } = {},
): Promise<{ submitted: Answer; requestId: string; result: Answer }> {
  const submitted = await submit(simulator, endpointId, input, options)
  const requestId = String(submitted.body.request_id)
  simulator.admin.complete(requestId)
  const result = await call(String(submitted.body.response_url))
  return { submitted, requestId, result }
}

/** Every `url` of the files in a body, in order. */
export function urlsIn(body: Json): string[] {
  if (Array.isArray(body)) return body.flatMap(urlsIn)
  if (!isObject(body)) return []
  const own = typeof body.url === 'string' ? [body.url] : []
  return [...own, ...Object.values(body).flatMap(urlsIn)]
}

export async function firstFile(body: Json): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(urlsIn(body)[0] ?? '')
  return { response, bytes: Buffer.from(await response.arrayBuffer()) }
}

/** Polls until `check` answers something other than undefined or false. */
export async function until<T>(
  check: () => T | undefined | false,
  what: string,
  boundMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + boundMs
  for (;;) {
    const found = check()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** Statuses of the next answers; 200 when none is left. 0 = the connection is cut. */
  answerWith(...statuses: readonly number[]): void
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const statuses: number[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    received.push({ headers: request.headers, url: request.url ?? '', text, body: objectOf(text) })
    const status = statuses.shift() ?? 200
    if (status === 0) request.socket.destroy()
    else response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answerWith: (...next) => void statuses.push(...next),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function objectOf(text: string): JsonObject {
  try {
    const value = parseJson(text)
    return isObject(value) ? value : {}
  } catch {
    // Not JSON: tests look at the text then.
    return {}
  }
}
