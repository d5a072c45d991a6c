/**
 * A job's queue status as FAL streams it: one `data:` line per change, with new log lines, closed after COMPLETED.
 * Invariants: no status is repeated without a change, and no log line is sent twice.
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
  read(): Promise<{ logs: readonly FalLog[]; show: (logs: readonly FalLog[]) => QueueStatus }>
  /** Logs were requested: they come without a notification, so they are polled. */
  wantsLogs: boolean
  /** Called once, at the end of the stream. */
  onEnd(error?: unknown): void
}

const pingMs = 15_000
/** Pings without progress. */
const mostSilentPings = 8
/** Poll interval for changes without a notification: log lines, and the end of the archive wait. */
const readEveryMs = 1_000

export function openStatusStream(watch: Pick<JobWatch, 'follow'>, stream: StatusStream): void {
  const { response, jobId } = stream
  // A connection closed earlier emits no further event.
  if (response.destroyed) {
    stream.onEnd()
    return
  }
  const seen = new Set<string>()
  let last = ''
  let ended = false
  let isFinalSeen = false
  let unfollow = (): void => {}

  const end = (error?: unknown): void => {
    if (ended) return
    ended = true
    clearInterval(timer)
    clearInterval(pinging)
    unfollow()
    response.end()
    stream.onEnd(error)
  }
  const sendNews = async (): Promise<void> => {
    const { logs, show } = await stream.read()
    if (ended) return
    const fresh = logs.filter((line) => isNew(line, seen))
    const status = show(fresh)
    const key = `${status.status} ${status.queue_position ?? ''}`
    if (key === last && fresh.length === 0) return
    last = key
    response.write(`data: ${JSON.stringify(status)}\n\n`)
    if (status.status === 'COMPLETED') end()
  }
  // A slow reader gets the latest status once it has received the previous one.
  const pump = makePump(sendNews, { mayRun: () => !ended && !response.writableNeedDrain, onError: end })
  const timer = setInterval(() => {
    if (stream.wantsLogs || isFinalSeen) void pump()
  }, readEveryMs)
  const pinging = setInterval(makePing(response), pingMs)
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

/** One run at a time; a call meanwhile causes one more. */
function makePump(
  run: () => Promise<void>,
  { mayRun, onError }: { mayRun: () => boolean; onError: (error: unknown) => void },
): () => Promise<void> {
  let busy = false
  let again = false
  return async function pump() {
    again = true
    if (busy) return
    busy = true
    try {
      while (again && mayRun()) {
        again = false
        await run()
      }
    } catch (error) {
      onError(error)
    } finally {
      busy = false
    }
  }
}

/** Disconnects a reader that received nothing for `mostSilentPings` pings. */
function makePing(response: ServerResponse): () => void {
  let silentPings = 0
  return function ping() {
    if (!response.writableNeedDrain) {
      silentPings = 0
      response.write(': ping\n\n')
    } else if (++silentPings >= mostSilentPings) {
      response.destroy()
    }
  }
}

function isNew({ timestamp, message }: FalLog, seen: Set<string>): boolean {
  const line = `${timestamp ?? ''} ${message}`
  if (seen.has(line)) return false
  seen.add(line)
  return true
}
