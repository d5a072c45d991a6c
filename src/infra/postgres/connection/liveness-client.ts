/**
 * Detects a server that vanished without closing its connections (a failover, a cut cable): a connection that waits
 * too long for an answer is destroyed, and its queries fail, instead of after TCP's timeout of a quarter of an hour.
 */
import type { Duplex } from 'node:stream'
import pg from 'pg'

/** The statement timeout plus a margin. */
export const silenceMs = 35_000

/** TCP keep-alive for idle connections: ten probes, a second apart. */
export const keptAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 }

/** A pg client class based on `Base` that fails after `afterMs` without an answer. */
export function detectingSilence(afterMs: number, Base: typeof pg.Client = pg.Client): typeof pg.Client {
  return class extends Base {
    constructor(config?: string | pg.ClientConfig) {
      super(config)
      // Watch after the connect: TLS replaces the stream.
      this.once('connect', () => watch(this.connection.stream, afterMs))
    }
  }
}

interface Timed extends Duplex {
  bytesWritten: number
  setTimeout(ms: number): void
}

function watch(stream: Duplex, afterMs: number): void {
  if (!isTimed(stream)) return
  let heardAfter = stream.bytesWritten
  stream.on('data', () => {
    heardAfter = stream.bytesWritten
  })
  // The stream was idle that long. Node emits this once; a later write would not restart the timer.
  stream.on('timeout', () => {
    if (stream.bytesWritten === heardAfter) return stream.setTimeout(afterMs)
    const seconds = Math.round(afterMs / 1000)
    stream.destroy(new Error(`Connection terminated: the database has not answered for ${seconds} s`))
  })
  stream.setTimeout(afterMs)
}

const isTimed = (stream: Duplex): stream is Timed => 'setTimeout' in stream && 'bytesWritten' in stream
