/** Opens a development server on the port that is wanted, or on a free one when another program has it. */
import { createServer } from 'node:net'

/** A port that was free when it was chosen may be taken before it is used: then another one is chosen, so many times. */
const choices = 5

/**
 * Calls `open` with `wanted`, or with a free port of `host` when that is taken, until it finds its port still free.
 * @throws what `open` throws, EADDRINUSE only after five choices
 */
export async function openOnFreePort<T>(
  wanted: number,
  host: string,
  open: (port: number) => Promise<T>,
): Promise<T> {
  for (let choice = 1; ; choice++) {
    const port = (await tryPort(wanted, host)) ?? (await tryPort(0, host)) ?? wanted
    try {
      return await open(port)
    } catch (error) {
      if (choice === choices || !isTaken(error, port)) throw error
    }
  }
}

function isTaken(error: unknown, port: number): boolean {
  const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  return isInUse && 'port' in error && error.port === port
}

/** The port that could be listened on, or null when it is taken. */
async function tryPort(port: number, host: string): Promise<number | null> {
  const server = createServer()
  const got = await new Promise<number | null>((settle, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? settle(null) : reject(error),
    )
    server.listen(port, host, () => {
      const address = server.address()
      settle(typeof address === 'object' && address !== null ? address.port : null)
    })
  })
  if (server.listening) await new Promise((settle) => server.close(settle))
  return got
}
