/**
 * FAL's current unit prices, kept in memory. Promise: nobody waits for them longer than `waitMs`, a refresh that fails
 * or hangs leaves the last ones in place, and a price that cannot be right is not used.
 */

import { settleWithin } from '../../concurrency/timeouts.ts'
import type { LivePrice } from '../../domain/money/pricing.ts'
import type { LivePrices } from '../../models/price.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'

/** One price as FAL tells it, in dollars. */
export interface ShownPrice {
  endpointId: string
  unitPrice: number
  unit: string
  currency: string
}

/** Why there are none, in a word or two: a code of the network, or what FAL answered. */
export interface NoPrices {
  trouble: string
}

/** What is priced, with the bare price that FAL told when the catalogue was written. */
export interface PricedEndpoint {
  endpointId: string
  apiBaseMicros: number
}

export interface LivePricesDeps {
  fetchPrices(endpointIds: readonly string[], signal: AbortSignal): Promise<ShownPrice[] | NoPrices>
  endpoints: readonly PricedEndpoint[]
  clock: Clock
  log: Logger
  /** Longest that a caller waits for prices nobody has yet. */
  waitMs?: number
}

export interface LivePriceBook {
  /** The prices known now; starts a refresh when they are old. Never rejects. */
  prices(): Promise<LivePrices>
  /** The same without any waiting. */
  known(): LivePrices
  /** Ends a refresh under way and begins no other. */
  stop(): void
}

const freshMs = 3_600_000
/** After a failure the catalogue's prices do for a while. */
const retryMs = 60_000
const giveUpMs = 15_000
const isRefusal = /\b40[13]\b/
const refusedKey = '; FAL refuses FAL_KEY, and will refuse jobs too: run `fal-jobs doctor`'
/** A price this many times the one of the catalogue, or a fraction of it, is taken for an error of FAL's list. */
const plausibleFactor = 10

export function createLivePrices(deps: LivePricesDeps): LivePriceBook {
  const { endpoints, clock, log } = deps
  const bases = new Map(endpoints.map((endpoint) => [endpoint.endpointId, endpoint.apiBaseMicros]))
  const stopping = new AbortController()
  let book: ReadonlyMap<string, LivePrice> = new Map()
  let dueAt = Number.NEGATIVE_INFINITY
  let refresh: Promise<void> | null = null
  let waited = false

  async function fetchBook(): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(giveUpMs)])
    const told = await deps.fetchPrices([...bases.keys()], signal)
    if ('trouble' in told) {
      failed(told.trouble)
      return
    }
    book = new Map(told.filter(isPlausible).map((price) => [price.endpointId, toLivePrice(price)]))
    dueAt = clock.now() + freshMs
  }

  function failed(reason: string): void {
    dueAt = clock.now() + retryMs
    if (!stopping.signal.aborted)
      log.warn(
        { reason },
        `no live prices (${reason}): the last known ones stand${isRefusal.test(reason) ? refusedKey : ''}`,
      )
  }

  function isPlausible({ endpointId, unitPrice, currency }: ShownPrice): boolean {
    const base = bases.get(endpointId)
    if (base === undefined) return false
    const ratio = (unitPrice * 1_000_000) / base
    const plausible = currency === 'USD' && ratio >= 1 / plausibleFactor && ratio <= plausibleFactor
    if (!plausible)
      log.warn(
        { endpointId, unitPrice, currency },
        'a live price that cannot be right is not used: the catalogue stands',
      )
    return plausible
  }

  function begin(): Promise<void> {
    refresh ??= fetchBook()
      .catch((error: unknown) => failed(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        refresh = null
      })
    return refresh
  }

  return {
    async prices() {
      if (stopping.signal.aborted || clock.now() < dueAt) return book
      const running = begin()
      if (waited) return book
      await settleWithin(running, deps.waitMs ?? 250)
      waited = true
      return book
    },
    known: () => book,
    stop: () => stopping.abort(),
  }
}

const toLivePrice = ({ endpointId, unit, unitPrice }: ShownPrice): LivePrice => ({
  endpointId,
  unit,
  unitPriceMicros: unitPrice * 1_000_000,
})
