/** Wires what keeps database and archive small, and when it runs: once an hour, in whichever replica takes the task. */

import { settleAll } from '../concurrency/settle-all.ts'
import type { StoreContext } from '../infra/postgres/connection/store-context.ts'
import { createPruning } from '../infra/postgres/maintenance/prune-tables.ts'
import { schedulePeriodic } from '../infra/postgres/maintenance/schedule-periodic.ts'
import { type KeepDays, makePruneHistory } from '../jobs/maintenance/prune-history.ts'
import type { Logger } from '../ports/logger.ts'
import type { Task } from '../ports/tasks.ts'

export interface MaintenanceDeps {
  keepDays: KeepDays
  maintainArchive: (signal: AbortSignal) => Promise<void>
  log: Logger
}

const everyMs = 3_600_000

export function createMaintenance(
  context: StoreContext,
  { keepDays, maintainArchive, log }: MaintenanceDeps,
) {
  const pruneHistory = makePruneHistory({
    pruning: createPruning(context.db),
    keepDays,
    clock: context.clock,
    log,
  })
  return {
    scheduleMaintenance: () => schedulePeriodic(context, 'cleanup', everyMs),
    /** Fails when a part did: the engine tries again before the next hour. */
    async maintenanceTask({ signal }: Pick<Task, 'signal'>): Promise<void> {
      await settleAll([maintainArchive(signal), pruneHistory(signal)])
    },
  }
}
