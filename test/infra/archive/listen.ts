/** Starts a server on a free local port for the length of a test. */

import { once } from 'node:events'
import type { Server } from 'node:net'
import type { Test } from 'tap'

/** Resolves to its base URL; every connection is cut at teardown. */
export async function listen(t: Test, server: Server & { closeAllConnections?(): void }): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections?.()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP server')
  return `http://127.0.0.1:${address.port}`
}
