/** Wires what takes up lost work and compares the service's books: recovery, reconciliation and when they run. */

import type { StoreContext } from '../infra/postgres/connection/store-context.ts'
import { createJobSchedule } from '../infra/postgres/jobs/postgres-job-schedule.ts'
import { createInconsistencies } from '../infra/postgres/maintenance/find-inconsistencies.ts'
import { schedulePeriodic } from '../infra/postgres/maintenance/schedule-periodic.ts'
import { makeReconcile, type ReconcileDeps } from '../jobs/maintenance/reconcile.ts'
import { makeRecoverWork, type RecoverWorkDeps } from '../jobs/maintenance/recover-work.ts'
import type { Task } from '../ports/tasks.ts'

type Deps = Omit<ReconcileDeps, 'inconsistencies' | 'recoverWork' | 'schedule'> & RecoverWorkDeps

const reconcileEveryMs = 600_000

export function createRecovery(context: StoreContext, deps: Deps) {
  const recoverWork = makeRecoverWork(deps)
  const reconcile = makeReconcile({
    ...deps,
    inconsistencies: createInconsistencies(context.db),
    schedule: createJobSchedule(context),
    recoverWork,
  })
  return {
    recoverWork,
    reconcile,
    scheduleReconcile: () => schedulePeriodic(context, 'reconcile', reconcileEveryMs),
    /** The scheduled run repairs; it leaves the archive's objects to the command, and what is looked at in time to the polls. */
    async reconcileTask({ signal }: Task): Promise<void> {
      await reconcile({ repair: true, archive: false, lateOnly: true, signal })
    },
  }
}
