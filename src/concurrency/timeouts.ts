/** Await with a timeout, so that neither a stop nor a request hangs. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when `work` has, or after `ms`, whichever comes first; rejects when `work` does before. */
export async function settleWithin(work: Promise<unknown>, ms: number): Promise<void> {
  const timer = new AbortController()
  const late = sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)
  try {
    await Promise.race([work, late])
  } finally {
    timer.abort()
  }
}
