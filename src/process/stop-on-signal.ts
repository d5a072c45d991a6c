/**
 * The end of a process by a signal: the shutdown runs once and completely. Under npm the same signal arrives twice
 * (from the terminal and from npm), and the second must not interrupt the shutdown.
 */
import closeWithGrace, { type Options } from 'close-with-grace'

export interface Stop {
  /** Set for an uncaught error. */
  err?: Error | undefined
  signal?: NodeJS.Signals | undefined
}

/** Runs `close` at the first signal or uncaught error and ends the process: with 0, or with 1 after an error or `delay` ms. */
export function stopOnSignal(options: Options, close: (cause: Stop) => Promise<void>): void {
  let signal: NodeJS.Signals | undefined
  let isClosing = false
  const grace = closeWithGrace(
    { ...options, skip: [...(options.skip ?? []), 'SIGINT', 'SIGTERM'] },
    async ({ err }) => {
      isClosing = true
      await close({ err, signal })
    },
  )
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (isClosing) return
      signal = name
      grace.close()
    })
  }
}
