/** FAL's logs of a job for whoever looks at it: those who look within a second share one call to FAL, streams included. */
import { createMemo } from '../../concurrency/memo.ts'
import type { Job } from '../../domain/job.ts'
import type { FalLog } from '../../domain/outcome/outcome.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal } from '../../ports/fal.ts'
import { refOf } from './poll-job.ts'

/** Oldest first; empty when there are none or they cannot be had in time. */
export type LogsOf = (job: Job) => Promise<FalLog[]>

const freshMs = 1_000
/** Logs are an extra: nobody waits for them as long as for an answer of FAL's that matters. */
const timeoutMs = 5_000
const jobsAtMost = 1_000

export function makeLogsOf(deps: { fal: Pick<Fal, 'logs'>; clock: Clock }): LogsOf {
  const { fal, clock } = deps
  const logs = createMemo<FalLog[]>({ clock, atMost: jobsAtMost, freshMs })

  return async function logsOf(job) {
    const { requestId } = job
    if (requestId === null) return []
    // The last lines come with the end: what was read before it is not the whole.
    const name = `${job.id} ${job.status} ${job.falStatus}`
    return logs.get(name, () => fal.logs(refOf(job, requestId), AbortSignal.timeout(timeoutMs)))
  }
}
