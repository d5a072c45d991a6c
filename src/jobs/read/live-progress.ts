/**
 * Keeps the progress of watched jobs alive: while somebody streams a slow running job, FAL is looked at every few
 * seconds instead of rarely. Nobody watching, nothing done; see docs/decisions on what may cause a look.
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

/** A watched job is looked at this often, by all replicas together. */
const pollEveryMs = 2_000
/** Never sooner after the submit: FAL has hardly begun, and an early webhook should find nobody looking. */
const notBeforeMs = 3_000
/** Jobs nudged in one round: FAL is asked at most this many times per `pollEveryMs` on our account. */
const mostPerRound = 100

export function createLiveProgress({ watch, schedule, clock, log }: LiveProgressDeps) {
  let next = 0

  async function runOnce(): Promise<void> {
    // The webhook of a job that takes seconds is there before a look would be.
    const slow = watch
      .liveHeads()
      .filter(
        ({ status, submittedAt, expectedSeconds }) =>
          status === 'running' && submittedAt !== null && (expectedSeconds ?? 0) > slowFromSeconds,
      )
    if (slow.length === 0) return
    // More are watched than one round may ask for: they take turns.
    const begin = slow.length > mostPerRound ? next % slow.length : 0
    const chosen = [...slow.slice(begin), ...slow.slice(0, begin)].slice(0, mostPerRound)
    next = begin + chosen.length
    await schedule.pollEarly(
      chosen.map(({ id }) => id),
      { delayMs: pollEveryMs, submittedBefore: clock.now() - notBeforeMs },
    )
  }

  const failed = 'watched jobs could not be looked at sooner'
  const rounds = createIntervalLoop({ everyMs: pollEveryMs, runOnce, failed, log })
  return { runOnce, start: rounds.start, stop: rounds.stop }
}
