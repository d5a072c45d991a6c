/** Finds the port a development command may use: the wanted one, or a free one when somebody has it. */
import { createServer } from 'node:net'

/** Tries `wanted` on `host`; resolves to it, or to a port nobody listened on just now when it is taken. */
export async function portOrFree(wanted: number, host: string): Promise<number> {
  return (await tryPort(wanted, host)) ?? (await tryPort(0, host)) ?? wanted
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
