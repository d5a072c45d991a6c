/**
 * Throttles guessing of API keys by address: the first wrong keys are looked up at once, further ones slowly. Valid
 * keys are delayed only when they are not cached and come from the same address.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokenBuckets } from '../../concurrency/token-buckets.ts'
import { AppError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { networkOf } from './network-of.ts'

export interface WrongKeyThrottle {
  /** Resolves when a key from this address may be looked up. @throws AppError RATE_LIMITED when that would take too long. */
  admit(address: string): Promise<void>
  /** The key was right: it does not count. */
  wasRight(address: string): void
  /** The key was wrong. */
  wasWrong(address: string): void
  /** Number of wrong keys since the start, from all addresses. */
  count(): number
}

export interface WrongKeysOptions {
  clock: Clock
  log: Pick<Logger, 'warn'>
  /** Called for every wrong key. */
  onWrong?: () => void
  pause?: (ms: number) => Promise<unknown>
}

const freeTries = 20
const perSecond = 2
const longestWaitMs = 5_000
/** Maximum number of delayed requests from all addresses: each holds a connection. */
const waitingAtMost = 100
const addressesAtMost = 10_000
const logEvery = 100

export function createWrongKeyThrottle({
  clock,
  log,
  onWrong,
  pause = sleep,
}: WrongKeysOptions): WrongKeyThrottle {
  const buckets = createTokenBuckets({ clock, atMost: addressesAtMost })
  let waiting = 0
  let wrong = 0

  async function waitFor(address: string, firstInSeconds: number): Promise<void> {
    let inSeconds = firstInSeconds
    let leftMs = longestWaitMs
    waiting += 1
    try {
      while (inSeconds > 0) {
        const ms = Math.ceil(inSeconds * 1000)
        if (ms > leftMs) throw tooMany(inSeconds)
        leftMs -= ms
        await pause(ms)
        inSeconds = buckets.take(address, perSecond, freeTries).nextInSeconds
      }
    } finally {
      waiting -= 1
    }
  }

  return {
    async admit(ip) {
      const address = networkOf(ip)
      const { nextInSeconds } = buckets.take(address, perSecond, freeTries)
      if (nextInSeconds === 0) return
      if (waiting >= waitingAtMost) throw tooMany(nextInSeconds)
      await waitFor(address, nextInSeconds)
    },
    wasRight: (ip) => buckets.giveBack(networkOf(ip)),
    wasWrong(address) {
      wrong += 1
      onWrong?.()
      if (wrong % logEvery === 0) log.warn({ wrong, address }, 'many wrong API keys')
    },
    count: () => wrong,
  }
}

const tooMany = (inSeconds: number): AppError =>
  new AppError('RATE_LIMITED', 'Too many wrong API keys came from your address. Check the key.', {
    retryAfterSeconds: Math.max(1, inSeconds),
  })
