/** Whether the key behind a job token is still valid: cached for seconds, invalidated as soon as keys change. */
import { createMemo } from '../../concurrency/memo.ts'
import type { Clock } from '../../ports/clock.ts'
import type { KeyStore } from '../../ports/keys.ts'
import { keyTopic } from '../../ports/keys.ts'
import type { Signals } from '../../ports/signals.ts'
import { isLive } from './authenticate.ts'

export interface LiveKeysDeps {
  keys: Pick<KeyStore, 'findById'>
  signals: Pick<Signals, 'subscribe'>
  clock: Clock
}

/** False when the key is unknown, revoked or expired. */
export type IsLiveKey = (keyId: string) => Promise<boolean>

/** Cache lifetime: bounds the effect of a lost change notification. */
const rememberMs = 5_000
const rememberAtMost = 10_000

export function makeIsLiveKey({ keys, signals, clock }: LiveKeysDeps): IsLiveKey {
  const answers = createMemo<boolean>({ clock, atMost: rememberAtMost, freshMs: rememberMs })
  signals.subscribe(keyTopic, () => answers.expire())

  return function isLiveKey(keyId) {
    return answers.get(keyId, async () => {
      const key = await keys.findById(keyId)
      return key !== null && isLive(key, clock.now())
    })
  }
}
