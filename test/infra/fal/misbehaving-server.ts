/** A TCP server that treats each connection as the test says, and an HTTP one that records what it was asked. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createFal, type FalClient, type FalOptions } from '../../../src/infra/fal/fal-client.ts'
import { quiet } from './key-server.ts'

interface Teardown {
  teardown(close: () => unknown): unknown
}

/** Starts a raw TCP server; returns its base URL. */
export async function serveRaw(t: Teardown, onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listen(server)
}

export interface Asked {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export type Reply = { status?: number; headers?: Record<string, string>; body?: unknown } | 'cut'

export interface FakeFal {
  base: string
  asked: Asked[]
}

/** Starts an HTTP server that answers with what `reply` returns; 404 with no body when it returns nothing. */
export async function serveFal(t: Teardown, reply: (asked: Asked) => Reply | undefined): Promise<FakeFal> {
  const asked: Asked[] = []
  const server = createHttpServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
    asked.push(one)
    const answer = reply(one) ?? { status: 404 }
    if (answer === 'cut') {
      request.socket.destroy()
      return
    }
    response.writeHead(answer.status ?? 200, answer.headers ?? { 'content-type': 'application/json' })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { base: await listen(server), asked }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<string> {
  const server = createServer()
  const base = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return base
}

export function clientOf(t: Teardown, base: string, more: Partial<FalOptions> = {}): FalClient {
  const fal = createFal({
    queueBase: base,
    apiBase: base,
    platformBase: base,
    schemaBase: base,
    keys: { primary: 'key-id:primary-secret' },
    timeoutMs: 5_000,
    allowLoopback: true,
    log: quiet,
    ...more,
  })
  t.teardown(() => fal.close())
  return fal
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
