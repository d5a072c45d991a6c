/** Finds the client behind a key's hash; valid keys are cached for seconds, so a create needs no extra query. */
import { createMemo } from '../../concurrency/memo.ts'
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

/** The client of a key's hash, or null when the key is unknown, revoked or expired. `address` is the caller's. */
export type Authenticate = (hash: Buffer, address: string) => Promise<Client | null>

/** Cache lifetime: bounds the effect of a lost change notification. */
const rememberMs = 5_000
const rememberAtMost = 10_000

export function makeAuthenticate(deps: AuthenticateDeps): Authenticate {
  const { keys, usage, wrongKeys, signals, clock } = deps
  const clients = createMemo<{ client: Client; expiresAt: number | null } | null>({
    clock,
    atMost: rememberAtMost,
    freshMs: (found) =>
      found === null ? 0 : Math.min(rememberMs, (found.expiresAt ?? Infinity) - clock.now()),
  })
  // Keep stale entries: a key that was valid is not throttled when it is looked up again.
  signals.subscribe(keyTopic, () => clients.expire())

  return async function authenticate(hash, address) {
    const found = await clients.get(hash.toString('base64'), (stale) => lookUp(hash, address, stale == null))
    if (found === null) return null
    usage.note(found.client.keyId)
    return found.client
  }

  async function lookUp(hash: Buffer, address: string, isNew: boolean) {
    if (isNew) await wrongKeys.admit(address)
    const key = await keys.findByHash(hash)
    if (key === null || !isLive(key, clock.now())) {
      wrongKeys.wasWrong(address)
      return null
    }
    if (isNew) wrongKeys.wasRight(address)
    const client = { clientId: key.clientId, keyId: key.id, scopes: key.scopes, limits: key.limits }
    return { client, expiresAt: key.expiresAt }
  }
}

/** Neither revoked nor expired. */
export const isLive = (key: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: number): boolean =>
  key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)
