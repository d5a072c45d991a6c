/** Keeps the database small: once an hour what is older than its kind is kept goes, in batches with a pause between. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Logger } from './ports.ts'
import { type Prunable, type Pruning, prunables } from './pruning-ports.ts'

/** Days that each kind is kept; 0 keeps it for good. */
export type KeepDays = Record<Prunable, number>

export interface PruneHistoryDeps {
  pruning: Pruning
  keepDays: KeepDays
  clock: Clock
  log: Pick<Logger, 'info' | 'warn'>
}

const batch = 500
/** Vacuum and everybody else come first. */
const pauseMs = 50
const everyMs = 3_600_000
const dayMs = 86_400_000

export function createPruneHistory({ pruning, keepDays, clock, log }: PruneHistoryDeps) {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let round: Promise<void> | null = null

  /** Resolves to what was removed when nothing old is left, or the service stops. */
  async function runOnce(): Promise<Record<Prunable, number>> {
    const removed = { events: 0, webhooks: 0, idempotency: 0, callbacks: 0 }
    for (const what of prunables) {
      if (keepDays[what] === 0) continue
      const before = clock.now() - keepDays[what] * dayMs
      for (let count = batch; count === batch && !stopping.signal.aborted; ) {
        count = await pruning.prune(what, before, batch)
        removed[what] += count
        if (count === batch)
          await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
    return removed
  }

  const begin = (): void => {
    round ??= runOnce()
      .then((removed) => {
        if (Object.values(removed).some((count) => count > 0))
          log.info({ removed }, 'old history was removed')
      })
      .catch((error: unknown) =>
        log.warn({ err: error }, 'old history could not be removed: tried again in an hour'),
      )
      .finally(() => {
        round = null
      })
  }

  return {
    runOnce,
    start(): void {
      begin()
      timer = setInterval(begin, everyMs)
    },
    /** Resolves when a running round has ended. */
    async stop(): Promise<void> {
      stopping.abort()
      if (timer !== null) clearInterval(timer)
      await round
    },
  }
}
