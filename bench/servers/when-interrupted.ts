/** What a benchmark leaves behind when it is interrupted is nothing: servers are stopped and folders removed all the same. */

const cleanings = new Set<() => Promise<unknown>>()
let state: 'unwatched' | 'watching' | 'interrupted' = 'unwatched'

/** Runs `clean` at Ctrl-C or SIGTERM. Returns what calls it off, once all is clean. */
export function whenInterrupted(clean: () => Promise<unknown>): () => void {
  cleanings.add(clean)
  if (state === 'unwatched') watch()
  return () => cleanings.delete(clean)
}

function watch(): void {
  state = 'watching'
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void interrupt())
  // What runs against servers that are being stopped fails, and nobody wants to hear of it.
  process.on('uncaughtException', (error) => {
    if (state === 'interrupted') return
    console.error(error)
    process.exit(1)
  })
}

async function interrupt(): Promise<void> {
  // Under npm a signal comes twice.
  if (state === 'interrupted') return
  state = 'interrupted'
  // What came last may still use what came first.
  for (const clean of [...cleanings].reverse()) await clean().catch((error: unknown) => console.error(error))
  process.exit(1)
}
