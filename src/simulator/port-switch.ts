/**
 * Closes and reopens the simulator's port on the same number, so that tests can cause "connection refused". A second
 * port, as that of FAL's backup hosts, stays open meanwhile.
 */

import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer, type Server as NetServer } from 'node:net'
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
      port = await listen(server, { port, host })
    },
    async close() {
      if (!server?.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    url: () => urlOf(host, port),
  }
}

export interface BackupPort {
  readonly url: string
  close(): Promise<void>
}

/** Hands its connections to the same server. */
export async function openBackupPort(server: Server, host: string, wantedPort: number): Promise<BackupPort> {
  // The options that Node's HTTP server uses for its own socket.
  const backup = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    server.emit('connection', socket)
  })
  const port = await listen(backup, { port: wantedPort, host })
  return {
    url: urlOf(host, port),
    async close() {
      const closed = once(backup, 'close')
      backup.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: NetServer, at: { port: number; host: string }): Promise<number> {
  server.listen({ ...at, backlog })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : at.port
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
