/**
 * Holds back the answers to refused webhooks once they come in numbers: whoever pours them in waits for each, and the
 * process keeps its time for the rest. Only refusals are held, so nothing that FAL signed ever is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokenBuckets } from '../../concurrency/token-buckets.ts'
import type { Clock } from '../../ports/clock.ts'

export interface ForgeryThrottle {
  /** Resolves when the refusal may be answered. */
  hold(): Promise<void>
}

const freePerSecond = 20
const freeAtOnce = 100
const holdMs = 500
/** Each holds a connection: beyond these a refusal is answered at once. */
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
