/**
 * A job's queue status as FAL streams it: one `data:` line for every change, with the log lines that are new, closed
 * after COMPLETED. Promise: no status is repeated without news, and no log line comes twice.
 */
import type { ServerResponse } from 'node:http'
import { isFinal } from '../../domain/job.ts'
import type { FalLog } from '../../domain/outcome/outcome.ts'
import type { QueueStatus } from '../../jobs/proxy/proxy-answers.ts'
import type { JobWatch } from '../../jobs/read/job-watch.ts'

export interface StatusStream {
  response: ServerResponse
  jobId: string
  /** All log lines so far (none when they are not wanted), and the status now with some of them. */
  look(): Promise<{ logs: readonly FalLog[]; show: (logs: readonly FalLog[]) => QueueStatus }>
  /** New log lines are wanted: they come without a hint, so they are looked for. */
  wantsLogs: boolean
  /** Told once, when the stream is over. */
  onEnd(error?: unknown): void
}

const pingMs = 15_000
/** A reader that takes nothing for so many pings is gone. */
const patiencePings = 8
/** How often is looked for what comes without a hint: log lines, and the end of the time given to the archive. */
const lookMs = 1_000

export function openStatusStream(watch: Pick<JobWatch, 'follow'>, stream: StatusStream): void {
  const { response, jobId } = stream
  // Who went away before this will not be heard to go again.
  if (response.destroyed) {
    stream.onEnd()
    return
  }
  const seen = new Set<string>()
  let last = ''
  let busy = false
  let again = false
  let ended = false
  let isFinalSeen = false
  let silentPings = 0
  let unfollow = (): void => {}

  const end = (error?: unknown): void => {
    if (ended) return
    ended = true
    clearInterval(looking)
    clearInterval(pinging)
    unfollow()
    response.end()
    stream.onEnd(error)
  }
  const tell = async (): Promise<void> => {
    const { logs, show } = await stream.look()
    if (ended) return
    const fresh = logs.filter((line) => isNew(line, seen))
    const status = show(fresh)
    const key = `${status.status} ${status.queue_position ?? ''}`
    if (key === last && fresh.length === 0) return
    last = key
    response.write(`data: ${JSON.stringify(status)}\n\n`)
    if (status.status === 'COMPLETED') end()
  }
  /** One look at a time; a hint in between leads to one more. */
  const pump = async (): Promise<void> => {
    again = true
    if (busy) return
    busy = true
    try {
      // A reader that is slow is told the latest once it has taken what was sent.
      while (again && !ended && !response.writableNeedDrain) {
        again = false
        await tell()
      }
    } catch (error) {
      end(error)
    } finally {
      busy = false
    }
  }

  const ping = (): void => {
    if (!response.writableNeedDrain) {
      silentPings = 0
      response.write(': ping\n\n')
    } else if (++silentPings >= patiencePings) {
      response.destroy()
    }
  }

  const looking = setInterval(() => {
    if (stream.wantsLogs || isFinalSeen) void pump()
  }, lookMs)
  const pinging = setInterval(ping, pingMs)
  response.on('drain', () => void pump())
  response.on('close', () => end())
  response.write(': ping\n\n')
  unfollow = watch.follow(jobId, {
    live: true,
    onHead: ({ status }) => {
      isFinalSeen = isFinal(status)
      void pump()
    },
    onEnd: () => end(),
  })
}

function isNew({ timestamp, message }: FalLog, seen: Set<string>): boolean {
  const line = `${timestamp ?? ''} ${message}`
  if (seen.has(line)) return false
  seen.add(line)
  return true
}
