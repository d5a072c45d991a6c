/** Requests a second of one key: a token bucket with a burst of two seconds, told in `RateLimit` and `RateLimit-Policy`. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { createTokenBuckets, type Taken } from '../../concurrency/token-buckets.ts'
import { AppError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { clientOf } from './auth.ts'

export interface RateLimitOptions {
  clock: Clock
  /** For keys without a limit of their own; 0: none. */
  perSecond: number
}

const keysAtMost = 50_000
const burstSeconds = 2

/** Counts in this process only: behind N replicas a key may do N times as much. Register after the auth hook. */
export function limitRate(app: FastifyInstance, { clock, perSecond }: RateLimitOptions): void {
  const buckets = createTokenBuckets({ clock, atMost: keysAtMost })
  app.addHook('onRequest', (request, reply, done) => {
    const { keyId, limits } = clientOf(request)
    const rate = limits.ratePerSecond ?? perSecond
    if (rate <= 0) return done()
    const burst = Math.max(1, Math.ceil(rate * burstSeconds))
    // A job token is in strange hands: it has a bucket of its own and takes nothing from the key that made it.
    const taken = buckets.take(request.onlyJobId ?? keyId, rate, burst)
    describe(reply, taken, rate, burst)
    if (taken.allowed) return done()
    const text = `This API key may make ${rate} requests a second.`
    done(new AppError('RATE_LIMITED', text, { retryAfterSeconds: taken.nextInSeconds }))
  })
}

/** Structured fields of draft-ietf-httpapi-ratelimit-headers: quota and window, what is left and when it is whole again. */
function describe(reply: FastifyReply, taken: Taken, rate: number, burst: number): void {
  reply.header('ratelimit-policy', `"key";q=${burst};w=${Math.ceil(burst / rate)}`)
  reply.header('ratelimit', `"key";r=${taken.remaining};t=${Math.ceil(taken.fullInSeconds)}`)
}
