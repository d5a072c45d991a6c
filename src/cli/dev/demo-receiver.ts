/** The client's side of the demo: takes the service's callbacks, so that they are seen to come. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface DemoReceiver {
  url: string
  /** Resolves when so many have come, or `signal` says otherwise. */
  received(count: number, signal: AbortSignal): Promise<void>
}

export async function startDemoReceiver(running: AsyncDisposableStack): Promise<DemoReceiver> {
  let taken = 0
  const server = createServer((request, answer) => {
    request.resume()
    request.on('end', () => {
      answer.writeHead(204).end()
      taken += 1
      server.emit('taken')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async received(count, signal) {
      while (taken < count) await once(server, 'taken', { signal })
    },
  }
}
