/**
 * An interval loop: runs work periodically, never two rounds at once; a failed round is logged and retried at the
 * next interval.
 */
import type { Logger } from '../ports/logger.ts'

export interface IntervalLoop {
  start(): void
  /** Runs a round now, or right after the running one. Concurrent calls are coalesced into one round. */
  wake(): void
  /** Starts no further round and aborts the signal of the running one; resolves when that has ended. */
  stop(): Promise<void>
}

export interface IntervalLoopOptions {
  everyMs: number
  /** The signal is aborted at the stop, so that a long round can end early. */
  runOnce: (signal: AbortSignal) => Promise<unknown>
  log: Pick<Logger, 'warn'>
  /** Log message for a failed round. */
  failed: string
  /** Whether the first round runs at the start instead of one interval later. */
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
    // Start the round after this statement, so that `running` is set before a round that ends at once clears it.
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
