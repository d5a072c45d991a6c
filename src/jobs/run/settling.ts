/**
 * Settles the costs of ended jobs in the background, spread out: at most so many a second in this process, few at once,
 * so that FAL's limits are kept for what clients wait for.
 */
import { createIntervalLoop, type IntervalLoop } from '../../concurrency/interval-loop.ts'
import type { JobSchedule } from '../../ports/job-schedule.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SettleCost } from './settle-cost.ts'

export interface SettlingDeps {
  schedule: Pick<JobSchedule, 'claimUnsettled'>
  settleCost: SettleCost
  /** Costs settled a second; 0: none. */
  perSecond: number
  log: Logger
}

const everyMs = 1_000
const atOnce = 4

export function createSettling({ schedule, settleCost, perSecond, log }: SettlingDeps): IntervalLoop {
  return createIntervalLoop({
    everyMs,
    async runOnce(signal) {
      if (perSecond === 0) return
      const ids = (await schedule.claimUnsettled(perSecond)).values()
      const lane = async (): Promise<void> => {
        for (const id of ids) {
          if (signal.aborted) return
          await settleCost(id, signal).catch((error: unknown) => {
            // Its next read is scheduled already.
            log.warn({ err: error, jobId: id }, 'settling the cost of a job failed; will retry')
          })
        }
      }
      await Promise.all(Array.from({ length: atOnce }, lane))
    },
    failed: 'costs could not be settled; will retry',
    log,
  })
}
