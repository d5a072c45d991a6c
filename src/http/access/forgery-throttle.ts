/**
 * Throttles forged webhooks: delays their refusals once they become frequent, so that a flood costs the sender its
 * connections instead of our CPU. Genuine webhooks are never delayed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokenBuckets } from '../../concurrency/token-buckets.ts'
import type { Clock } from '../../ports/clock.ts'

export interface ForgeryThrottle {
  /** Resolves when the refusal may be sent. */
  hold(): Promise<void>
}

const freePerSecond = 20
const freeAtOnce = 100
const holdMs = 500
/** Maximum number of delayed refusals, since each holds a connection; further ones are answered at once. */
const heldAtMost = 1_000

export function createForgeryThrottle(options: {
  clock: Clock
  pause?: (ms: number) => Promise<unknown>
}): ForgeryThrottle {
  const { clock, pause = sleep } = options
  const buckets = createTokenBuckets({ clock, atMost: 1 })
  let held = 0
  return {
    async hold() {
      const { allowed } = buckets.take('refused', freePerSecond, freeAtOnce)
      if (allowed || held >= heldAtMost) return
      held += 1
      try {
        await pause(holdMs)
      } finally {
        held -= 1
      }
    },
  }
}
