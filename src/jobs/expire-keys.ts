/** Every few minutes: idempotency keys that nobody will repeat any more are forgotten. Replicas share the work. */
import type { Clock, Logger } from './ports.ts'

export interface ExpireKeysDeps {
  /** Deletes at most `limit` keys made before `before`; returns how many. */
  expire: (before: number, limit: number) => Promise<number>
  clock: Clock
  log: Pick<Logger, 'info' | 'warn'>
}

/** The promise is 24 hours; the second day is for clients that queue their retries over night. */
const keepMs = 48 * 3_600_000
const everyMs = 10 * 60_000
const batch = 2_000

export function createExpireKeys({ expire, clock, log }: ExpireKeysDeps) {
  let timer: NodeJS.Timeout | null = null
  let round: Promise<void> | null = null
  let stopping = false

  async function runOnce(): Promise<number> {
    let forgotten = 0
    let last: number
    do {
      last = await expire(clock.now() - keepMs, batch)
      forgotten += last
    } while (last === batch && !stopping)
    if (forgotten > 0) log.info({ forgotten }, 'old idempotency keys were forgotten')
    return forgotten
  }

  return {
    runOnce,
    start(): void {
      timer = setInterval(() => {
        round ??= runOnce()
          .then(
            () => undefined,
            (error: unknown) => log.warn({ err: error }, 'old idempotency keys could not be forgotten'),
          )
          .finally(() => {
            round = null
          })
      }, everyMs)
    },
    async stop(): Promise<void> {
      stopping = true
      if (timer !== null) clearInterval(timer)
      await round
    },
  }
}
