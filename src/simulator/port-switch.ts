/** Opens and closes the simulator's port on the same number, so that "connection refused" can be had on demand. */

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { PortSwitch } from './admin/create-admin.ts'

export interface AttachedPort extends PortSwitch {
  attach(server: Server): void
  url(): string
}

/** Connections not yet accepted: thousands may come at once, and beyond this the system resets them. */
const backlog = 4_096

export function createPortSwitch(host: string, wantedPort: number): AttachedPort {
  let server: Server | undefined
  let port = wantedPort
  return {
    attach(attached) {
      server = attached
    },
    async open() {
      if (!server || server.listening) return
      server.listen({ port, host, backlog })
      await once(server, 'listening')
      const address = server.address()
      if (typeof address === 'object' && address) port = address.port
    },
    async close() {
      if (!server?.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    url: () => `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
  }
}
