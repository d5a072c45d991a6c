/** A fixed address in front of servers that come and go: connections are passed on as they are, and can be cut. */
import { createServer, connect as open, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Cuts every connection that is open, in the middle of whatever it carries. */
  cut(): void
  /** Nothing passes any more on what is open, in neither direction, and nobody is told. New connections are as before. */
  freeze(): void
  close(): Promise<void>
}

/** Passes a connection to the first of `targets()` that takes it; when none does, it is cut. */
export async function startTcpProxy(targets: () => number[]): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((incoming) => {
    track(incoming)
    void pass(incoming, targets())
  })
  await new Promise<void>((settle, reject) => server.once('error', reject).listen(0, '127.0.0.1', settle))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  function track(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  }

  async function pass(incoming: Socket, ports: number[]): Promise<void> {
    for (const port of ports) {
      const outgoing = await connected(port)
      if (outgoing === null) continue
      track(outgoing)
      incoming.once('close', () => outgoing.destroy())
      outgoing.once('close', () => incoming.destroy())
      incoming.pipe(outgoing)
      outgoing.pipe(incoming)
      return
    }
    incoming.destroy()
  }

  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: address.port,
    cut,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    async close() {
      cut()
      await new Promise((settle) => server.close(settle))
    },
  }
}

function connected(port: number): Promise<Socket | null> {
  return new Promise((settle) => {
    const socket = open(port, '127.0.0.1')
    socket.once('connect', () => settle(socket))
    socket.once('error', () => {
      socket.destroy()
      settle(null)
    })
  })
}
