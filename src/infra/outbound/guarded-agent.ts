/**
 * The dispatcher for URLs chosen by others: it connects to public addresses only. The check runs between name
 * resolution and connect, on the address that is dialled, which defeats DNS rebinding. Through a proxy the checked
 * address is what the proxy is asked to connect to.
 */
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { isProxied, type OutgoingProxy, placeOf, tunnelTo, viaProxy } from './proxy-tunnel.ts'
import { isPublicAddress } from './public-address.ts'

export interface GuardedAgentOptions {
  /** Hosts the operator named: their addresses may be private. The host is as in the URL, without brackets. */
  allowPrivate: (host: string, port: number) => boolean
  connectTimeoutMs: number
  lookup?: LookupFunction
  /** The operator's proxy. Default: none. */
  proxy?: OutgoingProxy | null
  /** Names that the proxy itself may resolve where this machine cannot: FAL's own. */
  isTrusted?: (host: string) => boolean
}

/** The guard's refusal, as the error (or its cause) of a request through the agent. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'

  constructor(host: string, address: string) {
    super(
      host === address
        ? `${address} is not a public address`
        : `${host} resolves to ${address}, not a public address`,
    )
    this.name = 'AddressRefused'
  }
}

export function createGuardedAgent(options: GuardedAgentOptions): Agent {
  const resolve = options.lookup ?? systemLookup
  const { proxy = null, connectTimeoutMs: timeoutMs } = options
  const direct = buildConnector({ timeout: timeoutMs, lookup: resolve })
  const free = viaProxy(proxy, direct, timeoutMs)
  const guarded = buildConnector({ timeout: options.connectTimeoutMs, lookup: publicLookup(resolve) })

  const connect: buildConnector.connector = (target, callback) => {
    const { host, port } = placeOf(target)
    if (options.allowPrivate(host, port)) return free(target, callback)
    // A literal address is dialled without any lookup.
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(new AddressRefused(host, host), null)
    if (isProxied(proxy, host, port)) {
      return checkedName(host, resolve, options.isTrusted?.(host) === true, (error, dialled) => {
        if (dialled === null) return callback(error ?? new AddressRefused(host, host), null)
        tunnelTo(proxy, { host: dialled, port, target, direct, timeoutMs }, callback)
      })
    }
    guarded(target, (...answer) => {
      const remote = answer[1]?.remoteAddress
      if (answer[1] === null || remote === undefined || isPublicAddress(remote)) return callback(...answer)
      answer[1].destroy()
      callback(new AddressRefused(host, remote), null)
    })
  }
  return new Agent({ connect })
}

/** What the proxy is to connect to: an address that was found public, or the name of a trusted host. */
function checkedName(
  host: string,
  resolve: LookupFunction,
  isTrusted: boolean,
  callback: (error: Error | null, dialled: string | null) => void,
): void {
  if (isIP(host) !== 0) {
    callback(null, host)
    return
  }
  publicLookup(resolve)(host, { all: true }, (error, found) => {
    if (error === null) {
      const first = typeof found === 'string' ? found : found[0]?.address
      return callback(null, isTrusted ? host : (first ?? null))
    }
    const isUnknownHere = error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN'
    callback(error, isTrusted && isUnknownHere ? host : null)
  })
}

/** Refuses a name if any of its addresses is not public: legitimate names do not mix. */
function publicLookup(resolve: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    resolve(host, options, (error, found, family) => {
      if (error) return callback(error, found, family)
      const addresses = typeof found === 'string' ? [found] : found.map((entry) => entry.address)
      const bad = addresses.find((address) => !isPublicAddress(address))
      if (bad !== undefined) return callback(new AddressRefused(host, bad), found, family)
      callback(null, found, family)
    })
  }
}
