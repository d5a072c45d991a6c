/**
 * Opens the service's port with several sockets. Node accepts one connection per socket and event-loop turn: with a
 * single socket, new connections to a busy process, such as FAL's webhooks and streams, wait for seconds.
 */
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'

export interface ListenAddress {
  host: string
  /** 0 for any free one. */
  port: number
}

/** What of Fastify's application is needed here. */
interface App {
  server: HttpServer
  listen(options: ListenAddress & { reusePort?: boolean }): Promise<string>
  addHook(name: 'preClose', hook: () => Promise<void>): unknown
}

const sockets = 8
/** Other kernels do not distribute connections over sockets of one port. */
const canShare = process.platform === 'linux'

/**
 * Resolves with the port once connections are taken. `app.close()` then waits for the requests of all of them.
 * @throws EADDRINUSE when another program has the port.
 */
export async function listen(app: App, { host, port }: ListenAddress): Promise<number> {
  const others: Server[] = []
  app.addHook('preClose', async () => {
    // Fastify's own close closes only its own socket, and accepts that it is closed already.
    await Promise.all([app.server, ...others].map(closed))
  })
  // SO_REUSEPORT would silently share the port with another program: probe for one with a socket that does not share.
  if (canShare && port !== 0) await closed(await opened(createServer(), { host, port }))
  const options = canShare ? { host, port, reusePort: true } : { host, port }
  await app.listen(options)
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP server')
  while (canShare && others.length < sockets - 1) {
    // The options that Node's HTTP server uses for its own socket.
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      app.server.emit('connection', socket)
    })
    others.push(await opened(other, { host: address.address, port: address.port, reusePort: true }))
  }
  return address.port
}

async function opened(server: Server, at: ListenAddress & { reusePort?: boolean }): Promise<Server> {
  server.listen(at)
  await once(server, 'listening')
  return server
}

/** Takes no more connections; resolves when those it has are over. */
const closed = (server: Server): Promise<void> => new Promise((settle) => server.close(() => settle()))
