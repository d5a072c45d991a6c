/** Work that comes round in every process: a timer, one round at a time, a failed one logged and tried anew at its time. */
import type { Logger } from '../ports/logger.ts'

export interface IntervalLoop {
  start(): void
  /** A round now, or right after the one that runs: for what came up while it ran. Many at once are one round. */
  wake(): void
  /** No new round begins, the running one is told by its signal; resolves when it has ended. */
  stop(): Promise<void>
}

export interface IntervalLoopOptions {
  everyMs: number
  /** The signal is aborted at the stop: a long round ends at the next good place. */
  runOnce: (signal: AbortSignal) => Promise<unknown>
  log: Pick<Logger, 'warn'>
  /** What the log says of a failed round. */
  failed: string
  /** Whether the first round comes with the start instead of one period later. */
  atStart?: boolean
}

export function createIntervalLoop({
  everyMs,
  runOnce,
  log,
  failed,
  atStart = false,
}: IntervalLoopOptions): IntervalLoop {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  let again = false

  async function round(): Promise<void> {
    try {
      await runOnce(stopping.signal)
    } catch (error) {
      log.warn({ err: error }, failed)
    }
    running = null
    if (again) begin()
  }

  function begin(): void {
    if (running !== null || stopping.signal.aborted) return
    again = false
    // After this statement, so that `running` is set before a round that ends at once clears it.
    running = Promise.resolve().then(round)
  }

  return {
    start() {
      if (atStart) begin()
      timer = setInterval(begin, everyMs)
    },
    wake() {
      again = true
      begin()
    },
    async stop() {
      stopping.abort()
      if (timer !== null) clearInterval(timer)
      await running
    },
  }
}
