/** Whether the key that made a job token still works: the answer is kept for seconds, and forgotten as soon as keys change. */

import type { Clock } from '../../ports/clock.ts'
import type { KeyStore } from '../../ports/keys.ts'
import { keyTopic } from '../../ports/keys.ts'
import type { Signals } from '../../ports/signals.ts'

export interface LiveKeysDeps {
  keys: Pick<KeyStore, 'findById'>
  signals: Pick<Signals, 'subscribe'>
  clock: Clock
}

/** False when the key is unknown, revoked or expired. */
export type IsLiveKey = (keyId: string) => Promise<boolean>

/** A hint of a change that was lost counts after this long at the latest. */
const rememberMs = 5_000
const rememberAtMost = 10_000

export function makeIsLiveKey({ keys, signals, clock }: LiveKeysDeps): IsLiveKey {
  const known = new Map<string, { answer: Promise<boolean>; until: number }>()
  signals.subscribe(keyTopic, () => known.clear())

  return function isLiveKey(keyId) {
    const now = clock.now()
    const kept = known.get(keyId)
    if (kept !== undefined && kept.until > now) return kept.answer
    if (known.size >= rememberAtMost) known.clear()
    const answer = keys
      .findById(keyId)
      .then(
        (key) => key !== null && key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now),
      )
    known.set(keyId, { answer, until: now + rememberMs })
    // A failed look-up is the caller's to tell, and not to be remembered.
    answer.catch(() => known.delete(keyId))
    return answer
  }
}
