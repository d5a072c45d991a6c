/** Wires reports of usage, and the upkeep of the sums that they are read from. */
import type { Kysely } from 'kysely'
import { createIntervalLoop } from '../concurrency/interval-loop.ts'
import { createUsageStore } from '../infra/postgres/clients/usage-store.ts'
import type { Database } from '../infra/postgres/rows/schema.ts'
import { makeReportUsage } from '../jobs/accounts/report-usage.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

export interface UsageOptions {
  db: Kysely<Database>
  clock: Clock
  log: Logger
}

/** Bounds a round: an installation with years of jobs is summed bit by bit, its newest hours first. */
const hoursAtOnce = 60

export function createUsage({ db, clock, log }: UsageOptions) {
  const usage = createUsageStore(db)
  return {
    report: makeReportUsage({ usage, clock }),
    /** Begun by the workers, ended when they rest. */
    summing: createIntervalLoop({
      everyMs: 60_000,
      runOnce: () => usage.sumHours(clock.now(), hoursAtOnce),
      log,
      failed: 'usage could not be summed; will retry',
    }),
  }
}
