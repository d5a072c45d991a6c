/** Rate limit per key: a token bucket with a burst of two seconds, reported in `RateLimit` and `RateLimit-Policy`. */
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

/** Counted per process: behind N replicas a key has N times the rate. Register after the auth hook. */
export function limitRate(app: FastifyInstance, { clock, perSecond }: RateLimitOptions): void {
  const buckets = createTokenBuckets({ clock, atMost: keysAtMost })
  app.addHook('onRequest', (request, reply, done) => {
    const { keyId, limits } = clientOf(request)
    const rate = limits.ratePerSecond ?? perSecond
    if (rate <= 0) return done()
    const burst = Math.max(1, Math.ceil(rate * burstSeconds))
    // A job token, which end users hold, has a bucket of its own and does not use up that of its key.
    const taken = buckets.take(request.onlyJobId ?? keyId, rate, burst)
    describe(reply, taken, rate, burst)
    if (taken.allowed) return done()
    const text = `This API key may make ${rate} requests a second.`
    done(new AppError('RATE_LIMITED', text, { retryAfterSeconds: taken.nextInSeconds }))
  })
}

/**
 * Structured fields of draft-ietf-httpapi-ratelimit-headers: quota and window, the rest and the time until it is
 * full.
 */
function describe(reply: FastifyReply, taken: Taken, rate: number, burst: number): void {
  reply.header('ratelimit-policy', `"key";q=${burst};w=${Math.ceil(burst / rate)}`)
  reply.header('ratelimit', `"key";r=${taken.remaining};t=${Math.ceil(taken.fullInSeconds)}`)
}
