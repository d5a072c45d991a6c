/**
 * Polls FAL because a client asks for it. Invariant: at most one poll a job and second, which all callers share, because
 * FAL limits the calls of the operator's account.
 */
import { createMemo } from '../../concurrency/memo.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PollJob } from './poll-job.ts'

/** Resolves when the job has been polled within this second. */
export type PollNow = (jobId: string) => Promise<void>

const sharedMs = 1_000
const jobsAtMost = 10_000

export function makePollNow({ pollJob, clock }: { pollJob: PollJob; clock: Clock }): PollNow {
  const polls = createMemo<true>({ clock, atMost: jobsAtMost, freshMs: sharedMs })

  return async function pollNow(jobId) {
    await polls.get(jobId, async () => {
      await pollJob(jobId, {})
      return true
    })
  }
}
