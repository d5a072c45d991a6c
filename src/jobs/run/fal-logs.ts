/** FAL's logs of a job: requests and streams within a second share one call to FAL. */
import { createMemo } from '../../concurrency/memo.ts'
import type { Job } from '../../domain/job.ts'
import type { FalLog } from '../../domain/outcome/outcome.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal } from '../../ports/fal.ts'
import { refOf } from './poll-job.ts'

/** Oldest first; empty when there are none or FAL does not answer in time. */
export type LogsOf = (job: Job) => Promise<FalLog[]>

const freshMs = 1_000
/** Logs are optional, hence a shorter timeout than for other calls to FAL. */
const timeoutMs = 5_000
const jobsAtMost = 1_000

export function makeLogsOf(deps: { fal: Pick<Fal, 'logs'>; clock: Clock }): LogsOf {
  const { fal, clock } = deps
  const logs = createMemo<FalLog[]>({ clock, atMost: jobsAtMost, freshMs })

  return async function logsOf(job) {
    const { requestId } = job
    if (requestId === null) return []
    // Include the status in the key: FAL adds the last lines at the end of the run.
    const name = `${job.id} ${job.status} ${job.falStatus}`
    return logs.get(name, () => fal.logs(refOf(job, requestId), AbortSignal.timeout(timeoutMs)))
  }
}
