/** Limits uploads at FAL's storage, which the operator's FAL account pays for and no job stands behind. */
import { createTokenBuckets } from '../../concurrency/token-buckets.ts'
import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'

export interface LimitUploadsDeps {
  /** 0: clients may not upload. */
  perMinute: number
  /** What the client may still spend, in micro-USD; null where credits are not enforced. */
  availableMicros: ((client: Client) => Promise<number>) | null
  clock: Clock
}

/** @throws AppError FORBIDDEN, RATE_LIMITED, INSUFFICIENT_CREDITS. */
export type CheckUpload = (client: Client) => Promise<void>

const keysAtMost = 10_000

export function makeCheckUpload({ perMinute, availableMicros, clock }: LimitUploadsDeps): CheckUpload {
  const buckets = createTokenBuckets({ clock, atMost: keysAtMost })

  return async function checkUpload(client) {
    if (perMinute === 0) throw new AppError('FORBIDDEN', "Uploads to FAL's storage are turned off.")
    const { allowed, nextInSeconds } = buckets.take(client.keyId, perMinute / 60, perMinute)
    if (!allowed) {
      const text = `An API key may begin ${perMinute} uploads a minute.`
      throw new AppError('RATE_LIMITED', text, { retryAfterSeconds: nextInSeconds })
    }
    if (availableMicros !== null && (await availableMicros(client)) <= 0)
      throw new AppError('INSUFFICIENT_CREDITS', 'Uploads need credit: the balance is used up.')
  }
}
