/**
 * Connections through the operator's HTTP proxy (HTTPS_PROXY, NO_PROXY). Invariants: only a tunnel is opened there, so
 * that the proxy sees names and never content, and the loopback is always connected to directly.
 */
import type { Socket } from 'node:net'
import { type buildConnector, Client } from 'undici'

export interface OutgoingProxy {
  /** With user and password where the proxy wants them; null: every connection is direct. */
  url: string | null
  /** Hosts that are connected to directly: `host`, `.domain`, each also with `:port`; `*` for all. */
  except: readonly string[]
}

type UsedProxy = OutgoingProxy & { url: string }

/** The proxy answered, but opens no tunnel. Nothing was sent to the target. */
class TunnelRefused extends Error {
  readonly code = 'PROXY_REFUSED'

  constructor(authority: string, status: number) {
    super(`the proxy answered ${status} to a tunnel to ${authority}`)
    this.name = 'TunnelRefused'
  }
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

/** `host` without brackets. */
export function isProxied(proxy: OutgoingProxy | null, host: string, port: number): proxy is UsedProxy {
  return (
    proxy !== null &&
    proxy.url !== null &&
    !loopback.test(host) &&
    !proxy.except.some((entry) => isExcept(entry, host, port))
  )
}

function isExcept(entry: string, host: string, port: number): boolean {
  const [, name = '', wanted] = /^(.*?)(?::(\d{1,5}))?$/.exec(entry.trim().toLowerCase()) ?? []
  if (wanted !== undefined && Number(wanted) !== port) return false
  const suffix = name.replace(/^\*?\./, '')
  return name === '*' || (suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`)))
}

/** Connects directly or through the proxy, by the name of the target. */
export function viaProxy(
  proxy: OutgoingProxy | null,
  direct: buildConnector.connector,
  timeoutMs: number,
): buildConnector.connector {
  return (target, callback) => {
    const { host, port } = placeOf(target)
    if (!isProxied(proxy, host, port)) return direct(target, callback)
    tunnelTo(proxy, { host, port, target, direct, timeoutMs }, callback)
  }
}

export interface Tunnel {
  /** What the proxy is to connect to: the target's name, or an address that was checked. */
  host: string
  port: number
  target: buildConnector.Options
  /** Speaks TLS with the target over the tunnel. */
  direct: buildConnector.connector
  timeoutMs: number
}

export function tunnelTo(
  proxy: UsedProxy,
  { host, port, target, direct, timeoutMs }: Tunnel,
  callback: buildConnector.Callback,
): void {
  openTunnel(proxy.url, `${host.includes(':') ? `[${host}]` : host}:${port}`, timeoutMs).then(
    (socket) => {
      if (target.protocol === 'https:') direct({ ...target, httpSocket: socket }, callback)
      else callback(null, socket)
    },
    (error: Error) => callback(error, null),
  )
}

export function placeOf({ hostname, protocol, port }: buildConnector.Options): {
  host: string
  port: number
} {
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  }
}

async function openTunnel(proxyUrl: string, authority: string, timeoutMs: number): Promise<Socket> {
  const { origin, username, password } = new URL(proxyUrl)
  const client = new Client(origin, { connect: { timeout: timeoutMs } })
  const token = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  )
  try {
    const { statusCode, socket } = await client.connect({
      path: authority,
      headers: { host: authority, ...(username === '' ? {} : { 'proxy-authorization': `Basic ${token}` }) },
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (statusCode === 200) return socket as Socket
    socket.on('error', () => {}).destroy()
    throw new TunnelRefused(authority, statusCode)
  } finally {
    // The tunnel's socket is no longer the client's.
    void client.close()
  }
}
