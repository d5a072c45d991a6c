/** Finds the client behind a key's hash; good answers are remembered for seconds, so a create needs no extra query. */
import type { Client } from '../jobs/create-job.ts'
import type { Clock, KeyStore, Signals } from '../jobs/ports.ts'
import type { Authenticate } from './plugins/auth.ts'

export interface AuthenticateDeps {
  keys: Pick<KeyStore, 'findByHash'>
  signals: Pick<Signals, 'subscribe'>
  clock: Clock
}

/** Topic on which a changed key is announced to all replicas. */
export const keyTopic = 'key'

const rememberMs = 5_000
const rememberAtMost = 10_000

export function createAuthenticate({ keys, signals, clock }: AuthenticateDeps): Authenticate {
  const remembered = new Map<string, { client: Client; until: number }>()
  signals.subscribe(keyTopic, () => remembered.clear())

  return async function authenticate(hash) {
    const name = hash.toString('base64')
    const now = clock.now()
    const known = remembered.get(name)
    if (known !== undefined && known.until > now) return known.client
    const key = await keys.findByHash(hash)
    if (key === null || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) {
      remembered.delete(name)
      return null
    }
    const client = { clientId: key.clientId, keyId: key.id, scopes: key.scopes, limits: key.limits }
    if (remembered.size >= rememberAtMost) remembered.clear()
    remembered.set(name, {
      client,
      until: Math.min(now + rememberMs, key.expiresAt ?? Number.POSITIVE_INFINITY),
    })
    return client
  }
}
