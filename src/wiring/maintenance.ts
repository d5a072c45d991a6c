/** Wires what keeps the service in order and when it runs: recovery, reconciliation and the hourly clean-up, by any replica. */
import { settleAll } from '../concurrency/settle-all.ts'
import type { StoreContext } from '../infra/postgres/connection/store-context.ts'
import { createInconsistencies } from '../infra/postgres/maintenance/find-inconsistencies.ts'
import { createPruning } from '../infra/postgres/maintenance/prune-tables.ts'
import { schedulePeriodic } from '../infra/postgres/maintenance/schedule-periodic.ts'
import type { CompareBills } from '../jobs/maintenance/compare-bills.ts'
import { type KeepDays, makePruneHistory } from '../jobs/maintenance/prune-history.ts'
import { makeReconcile, type ReconcileDeps } from '../jobs/maintenance/reconcile.ts'
import { makeRecoverWork, type RecoverWorkDeps } from '../jobs/maintenance/recover-work.ts'
import type { JobSchedule } from '../ports/job-schedule.ts'
import type { Logger } from '../ports/logger.ts'
import type { Task } from '../ports/tasks.ts'

export interface MaintenanceDeps
  extends Omit<ReconcileDeps, 'inconsistencies' | 'recoverWork'>,
    RecoverWorkDeps {
  schedule: JobSchedule
  keepDays: KeepDays
  maintainArchive: (signal: AbortSignal) => Promise<void>
  compareBills: CompareBills
  log: Logger
}

const reconcileEveryMs = 600_000
const cleanupEveryMs = 3_600_000

export function createMaintenance(context: StoreContext, deps: MaintenanceDeps) {
  const { maintainArchive, compareBills } = deps
  const recoverWork = makeRecoverWork(deps)
  const reconcile = makeReconcile({
    ...deps,
    inconsistencies: createInconsistencies(context.db),
    recoverWork,
  })
  const pruneHistory = makePruneHistory({ ...deps, pruning: createPruning(context.db) })
  return {
    recoverWork,
    reconcile,
    /** Schedules the current period's tasks, which run once in any replica. */
    async schedulePeriodic(): Promise<void> {
      await Promise.all([
        schedulePeriodic(context, 'reconcile', reconcileEveryMs),
        schedulePeriodic(context, 'cleanup', cleanupEveryMs),
      ])
    },
    /**
     * The scheduled run repairs; it leaves the archive's objects to the command, and leaves jobs whose poll is not
     * late to the polls.
     */
    async reconcileTask({ signal }: Task): Promise<void> {
      await reconcile({ repair: true, archive: false, lateOnly: true, signal })
    },
    /** Fails when a part did: the engine tries again before the next hour. */
    async cleanupTask({ signal }: Pick<Task, 'signal'>): Promise<void> {
      await settleAll([maintainArchive(signal), pruneHistory(signal), compareBills(signal)])
    },
  }
}
