/** A client's receiver of callbacks: a real HTTP server that keeps what it gets and answers as the test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import type { Test } from 'tap'
import { listen } from '../infra/archive/listen.ts'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
  /** Parsed body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape
  message: any
}

export interface Receiver {
  url: string
  received: Received[]
  /** Status (and headers) of the answers from now on, or a function that answers itself. */
  answer(how: number | [number, Record<string, string>] | ((response: ServerResponse) => void)): void
  /** Waits until `count` messages came in. */
  until(count: number, withinMs?: number): Promise<Received[]>
}

export async function startReceiver(t: Test): Promise<Receiver> {
  const received: Received[] = []
  let how: Parameters<Receiver['answer']>[0] = 204
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks).toString()
    received.push({ path: request.url ?? '', headers: request.headers, body, message: JSON.parse(body) })
    if (typeof how === 'function') return how(response)
    const [status, headers] = typeof how === 'number' ? [how, {}] : how
    response.writeHead(status, headers).end()
  })
  const url = await listen(t, server)
  return {
    url,
    received,
    answer(next) {
      how = next
    },
    async until(count, withinMs = 15_000) {
      const end = Date.now() + withinMs
      while (received.length < count) {
        if (Date.now() > end) throw new Error(`${received.length} of ${count} callbacks came`)
        await sleep(10)
      }
      return received
    },
  }
}

/** Throws unless the message carries a signature by this secret; the package's own verification. */
export function verify(secret: string, { headers, body }: Received): unknown {
  return new Webhook(secret).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  })
}
