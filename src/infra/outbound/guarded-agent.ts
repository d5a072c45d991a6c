/**
 * The dispatcher for URLs chosen by others: it connects to public addresses only. The check runs between name
 * resolution and connect, on the address that is dialled, which defeats DNS rebinding.
 */
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { isPublicAddress } from './public-address.ts'

export interface GuardedAgentOptions {
  /** Hosts the operator named: their addresses may be private. The host is as in the URL, without brackets. */
  allowPrivate: (host: string, port: number) => boolean
  connectTimeoutMs: number
  lookup?: LookupFunction
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
  const free = buildConnector({ timeout: options.connectTimeoutMs, lookup: resolve })
  const guarded = buildConnector({ timeout: options.connectTimeoutMs, lookup: publicLookup(resolve) })

  const connect: buildConnector.connector = (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '')
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80)
    if (options.allowPrivate(host, port)) return free(target, callback)
    // A literal address is dialled without any lookup.
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(new AddressRefused(host, host), null)
    guarded(target, (...answer) => {
      const remote = answer[1]?.remoteAddress
      if (answer[1] === null || remote === undefined || isPublicAddress(remote)) return callback(...answer)
      answer[1].destroy()
      callback(new AddressRefused(host, remote), null)
    })
  }
  return new Agent({ connect })
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
