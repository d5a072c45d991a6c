/**
 * The end of a process by a signal: what closes it runs once, in full. Under npm the same signal comes twice (the
 * terminal sends it to everyone, npm hands it on), and the second must not cut the first short.
 */
import closeWithGrace, { type Options } from 'close-with-grace'

export interface Stop {
  /** Set when an error that nobody caught is the cause. */
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
