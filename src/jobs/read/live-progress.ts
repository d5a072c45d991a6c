/**
 * Polls FAL every few seconds for slow running jobs that have a live stream, so that their progress stays current.
 * Without streams it does nothing; docs/decisions says what may cause a poll.
 */

import { createIntervalLoop } from '../../concurrency/interval-loop.ts'
import { slowFromSeconds } from '../../domain/outcome/progress.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JobSchedule } from '../../ports/job-schedule.ts'
import type { Logger } from '../../ports/logger.ts'
import type { JobWatch } from './job-watch.ts'

export interface LiveProgressDeps {
  watch: Pick<JobWatch, 'liveHeads'>
  schedule: Pick<JobSchedule, 'pollEarly'>
  clock: Clock
  log: Pick<Logger, 'warn'>
}

/** Poll interval of a watched job, over all replicas together. */
const pollEveryMs = 2_000
/** Minimum time after the submit: FAL has hardly begun, and a fast job's webhook arrives before a poll would help. */
const notBeforeMs = 3_000
/** Jobs polled early in one round: bounds the requests to FAL per `pollEveryMs`. */
const mostPerRound = 100

export function createLiveProgress({ watch, schedule, clock, log }: LiveProgressDeps) {
  let next = 0

  async function runOnce(): Promise<void> {
    // The webhook of a short job arrives before a poll would.
    const slow = watch
      .liveHeads()
      .filter(
        ({ status, submittedAt, expectedSeconds }) =>
          status === 'running' && submittedAt !== null && (expectedSeconds ?? 0) > slowFromSeconds,
      )
    if (slow.length === 0) return
    // Rotate when more jobs are watched than one round may poll.
    const begin = slow.length > mostPerRound ? next % slow.length : 0
    const chosen = [...slow.slice(begin), ...slow.slice(0, begin)].slice(0, mostPerRound)
    next = begin + chosen.length
    await schedule.pollEarly(
      chosen.map(({ id }) => id),
      { delayMs: pollEveryMs, submittedBefore: clock.now() - notBeforeMs },
    )
  }

  const failed = 'polling watched jobs early failed'
  const rounds = createIntervalLoop({ everyMs: pollEveryMs, runOnce, failed, log })
  return { runOnce, start: rounds.start, stop: rounds.stop }
}
