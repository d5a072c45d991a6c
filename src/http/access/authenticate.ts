/** Finds the client behind a key's hash; good answers are remembered for seconds, so a create needs no extra query. */
import type { Client } from '../../domain/client.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ApiKey, KeyStore } from '../../ports/keys.ts'
import { keyTopic } from '../../ports/keys.ts'
import type { Signals } from '../../ports/signals.ts'
import type { KeyUsage } from './key-usage.ts'
import type { WrongKeyThrottle } from './wrong-key-throttle.ts'

export interface AuthenticateDeps {
  keys: Pick<KeyStore, 'findByHash'>
  usage: Pick<KeyUsage, 'note'>
  wrongKeys: Omit<WrongKeyThrottle, 'count'>
  signals: Pick<Signals, 'subscribe'>
  clock: Clock
}

/** The client of a key's hash, or null when the key is unknown, revoked or expired. `address` is who asks. */
export type Authenticate = (hash: Buffer, address: string) => Promise<Client | null>

/** A hint of a change that was lost counts after this long at the latest. */
const rememberMs = 5_000
const rememberAtMost = 10_000

export function makeAuthenticate(deps: AuthenticateDeps): Authenticate {
  const { keys, usage, wrongKeys, signals, clock } = deps
  const remembered = new Map<string, { client: Client; until: number }>()
  const lookups = new Map<string, Promise<Client | null>>()
  /** Rises with every change: what was read before it is not remembered after it. */
  let generation = 0
  signals.subscribe(keyTopic, () => {
    generation += 1
    lookups.clear()
    // Kept, but stale: a key that was right is not slowed down when it is looked up again.
    for (const entry of remembered.values()) entry.until = 0
  })

  return async function authenticate(hash, address) {
    const name = hash.toString('base64')
    const known = remembered.get(name)
    let client = known !== undefined && known.until > clock.now() ? known.client : null
    if (client === null) {
      const running = lookups.get(name) ?? startLookup(name, hash, address, known === undefined)
      client = await running
    }
    if (client !== null) usage.note(client.keyId)
    return client
  }

  /** Requests of the same moment with the same key share one. */
  function startLookup(name: string, hash: Buffer, address: string, isNew: boolean): Promise<Client | null> {
    const running = lookUp(name, hash, address, isNew).finally(() => {
      if (lookups.get(name) === running) lookups.delete(name)
    })
    lookups.set(name, running)
    return running
  }

  async function lookUp(name: string, hash: Buffer, address: string, isNew: boolean): Promise<Client | null> {
    if (isNew) await wrongKeys.admit(address)
    const begun = generation
    const key = await keys.findByHash(hash)
    if (key === null || !isLive(key, clock.now())) {
      remembered.delete(name)
      wrongKeys.wasWrong(address)
      return null
    }
    if (isNew) wrongKeys.wasRight(address)
    const client = { clientId: key.clientId, keyId: key.id, scopes: key.scopes, limits: key.limits }
    if (remembered.size >= rememberAtMost) remembered.clear()
    const until = Math.min(clock.now() + rememberMs, key.expiresAt ?? Number.POSITIVE_INFINITY)
    remembered.set(name, { client, until: begun === generation ? until : 0 })
    return client
  }
}

const isLive = (key: ApiKey, now: number): boolean =>
  key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)
