/** Prunes history: deletes rows older than their retention, in batches with a pause between them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../ports/clock.ts'
import type { JobSchedule } from '../../ports/job-schedule.ts'
import type { Logger } from '../../ports/logger.ts'
import { type Prunable, type Pruning, prunables } from '../../ports/maintenance/pruning.ts'

/** Retention in days by kind; 0 keeps rows forever. */
export type KeepDays = Record<Prunable, number>

export interface PruneHistoryDeps {
  pruning: Pruning
  schedule: Pick<JobSchedule, 'pruneEvents'>
  keepDays: KeepDays
  clock: Clock
  log: Pick<Logger, 'info'>
}

const batch = 500
/** Pause between batches, which leaves room for vacuum and requests. */
const pauseMs = 50
const dayMs = 86_400_000

export function makePruneHistory({ pruning, schedule, keepDays, clock, log }: PruneHistoryDeps) {
  const pruneBatch = (what: Prunable, before: number): Promise<number> =>
    what === 'events' ? schedule.pruneEvents(before, batch) : pruning.prune(what, before, batch)

  /** Resolves to the number of deleted rows by kind, when none is left or `signal` is aborted. */
  return async function pruneHistory(signal?: AbortSignal): Promise<Record<Prunable, number>> {
    const removed = { events: 0, webhooks: 0, idempotency: 0, callbacks: 0 }
    for (const what of prunables) {
      if (keepDays[what] === 0) continue
      const before = clock.now() - keepDays[what] * dayMs
      for (let count = batch; count === batch && signal?.aborted !== true; ) {
        count = await pruneBatch(what, before)
        removed[what] += count
        if (count === batch)
          await sleep(pauseMs, undefined, { ...(signal && { signal }) }).catch(() => undefined)
      }
    }
    if (Object.values(removed).some((count) => count > 0)) log.info({ removed }, 'old history pruned')
    return removed
  }
}
