/**
 * Notices a server that is gone without a word (a failover, a cut cable): a connection that has said something and hears
 * nothing for too long is given up, and who waits for its answer is told, instead of after TCP's quarter of an hour.
 */
import type { Duplex } from 'node:stream'
import pg from 'pg'

/** Answers take up to the statement's time-out, and a moment. */
export const silenceMs = 35_000

/** An idle connection is asked for a sign of life by TCP itself: ten times, a second apart. */
export const keptAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 }

/** `Base`, a client of pg's, that notices a silence of `afterMs`. */
export function detectingSilence(afterMs: number, Base: typeof pg.Client = pg.Client): typeof pg.Client {
  return class extends Base {
    constructor(config?: string | pg.ClientConfig) {
      super(config)
      // Only now it is the stream that stays: TLS puts another one over the first.
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
  // Nothing was sent or received for so long. Node tells it once: what is written later would not wind it up again.
  stream.on('timeout', () => {
    if (stream.bytesWritten === heardAfter) return stream.setTimeout(afterMs)
    const seconds = Math.round(afterMs / 1000)
    stream.destroy(new Error(`Connection terminated: the database has not answered for ${seconds} s`))
  })
  stream.setTimeout(afterMs)
}

const isTimed = (stream: Duplex): stream is Timed => 'setTimeout' in stream && 'bytesWritten' in stream
