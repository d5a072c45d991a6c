/** Long polls count like streams: for a while after each one its job counts as watched live. */
import type { JobWatch } from '../../jobs/read/job-watch.ts'

export interface PolledJobs {
  note(jobId: string): void
  close(): void
}

/** Longer than the interval between two polls of a client. */
const lastsMs = 5_000
/** Beyond this, further jobs are polled at their own pace. */
const mostJobs = 5_000

export function createPolledJobs({ watch }: { watch: Pick<JobWatch, 'follow'> }): PolledJobs {
  const followed = new Map<string, { timer: NodeJS.Timeout; unfollow: () => void }>()
  let closed = false

  const end = (jobId: string): void => {
    const entry = followed.get(jobId)
    followed.delete(jobId)
    clearTimeout(entry?.timer)
    entry?.unfollow()
  }
  return {
    note(jobId) {
      const entry = followed.get(jobId)
      if (entry !== undefined) {
        entry.timer.refresh()
        return
      }
      if (closed || followed.size >= mostJobs) return
      const timer = setTimeout(() => end(jobId), lastsMs)
      timer.unref()
      const unfollow = watch.follow(jobId, { live: true, onHead: () => {}, onEnd: () => end(jobId) })
      followed.set(jobId, { timer, unfollow })
    },
    close() {
      closed = true
      for (const jobId of [...followed.keys()]) end(jobId)
    },
  }
}
