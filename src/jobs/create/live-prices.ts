/**
 * FAL's current unit prices, kept in memory. Invariants: no caller waits longer than `waitMs`, a refresh that fails
 * or hangs keeps the last prices, and an implausible price is not used.
 */

import { createMemo } from '../../concurrency/memo.ts'
import { settleWithin } from '../../concurrency/timeouts.ts'
import { isSameUnit, type LivePrice } from '../../domain/money/pricing.ts'
import type { LivePrices } from '../../models/price.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NoPrices, UnitPrice } from '../../ports/fal.ts'
import type { Logger } from '../../ports/logger.ts'

/** The priced endpoints, with the unit and its bare price that FAL reported when the catalogue was written. */
export interface PricedEndpoint {
  endpointId: string
  unit: string
  apiBaseMicros: number
}

export interface LivePricesDeps {
  fetchPrices(endpointIds: readonly string[], signal: AbortSignal): Promise<UnitPrice[] | NoPrices>
  endpoints: readonly PricedEndpoint[]
  clock: Clock
  log: Logger
  /** Maximum time that a caller waits for the first prices. */
  waitMs?: number
}

export interface LivePriceBook {
  /** The prices known now; starts a refresh when they are stale. Never rejects. */
  prices(): Promise<LivePrices>
  /** The same without any waiting. */
  known(): LivePrices
  /** Aborts a running refresh and starts no other. */
  stop(): void
}

/** All prices come in one list. */
const theBook = 'prices'
const freshMs = 3_600_000
/** After a failure the catalogue's prices are used for a while. */
const retryMs = 60_000
const giveUpMs = 15_000
const isRefusal = /\b40[13]\b/
const refusedKey = '; FAL refuses FAL_KEY, and will refuse jobs too: run `fal-jobs doctor`'
/** A price this many times the one of the catalogue, or a fraction of it, is treated as an error in FAL's list. */
const plausibleFactor = 10

export function createLivePrices(deps: LivePricesDeps): LivePriceBook {
  const { endpoints, clock, log } = deps
  const bases = new Map(endpoints.map((endpoint) => [endpoint.endpointId, endpoint]))
  /** Reported once: the operator cannot change the catalogue. */
  const outdated = new Set<string>()
  const stopping = new AbortController()
  /** The prices of the last list received, and whether the newest request returned one. */
  const books = createMemo<{ prices: LivePrices; isNew: boolean }>({
    clock,
    atMost: 1,
    freshMs: ({ isNew }) => (isNew ? freshMs : retryMs),
  })
  const known = (): LivePrices => books.peek(theBook)?.prices ?? new Map()
  let waited = false

  async function fetchBook(): Promise<{ prices: LivePrices; isNew: boolean }> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(giveUpMs)])
    try {
      const published = await deps.fetchPrices([...bases.keys()], signal)
      if (!('trouble' in published)) {
        const plausible = published.filter((price) => isOfSameUnit(price) && isPlausible(price))
        const asOf = new Date(clock.now()).toISOString().slice(0, 10)
        return {
          prices: new Map(plausible.map((price) => [price.endpointId, toLivePrice(price, asOf)])),
          isNew: true,
        }
      }
      warn(published.trouble)
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error))
    }
    return { prices: known(), isNew: false }
  }

  function warn(reason: string): void {
    if (stopping.signal.aborted) return
    log.warn(
      { reason },
      `no live prices (${reason}): the last known ones stand${isRefusal.test(reason) ? refusedKey : ''}`,
    )
  }

  /** FAL may count another unit from one day to the next: then the rule of the catalogue says nothing any more. */
  function isOfSameUnit({ endpointId, unit }: UnitPrice): boolean {
    const base = bases.get(endpointId)
    if (base === undefined || isSameUnit(unit, base.unit)) return base !== undefined
    if (!outdated.has(endpointId))
      log.warn(
        { endpointId, unit, catalogueUnit: base.unit },
        `catalogue out of date: FAL now charges ${endpointId} by "${unit}", the catalogue by "${base.unit}"; estimates keep the catalogue's price`,
      )
    outdated.add(endpointId)
    return false
  }

  function isPlausible({ endpointId, unitPrice, currency }: UnitPrice): boolean {
    const base = bases.get(endpointId)
    if (base === undefined) return false
    const ratio = (unitPrice * 1_000_000) / base.apiBaseMicros
    const plausible = currency === 'USD' && ratio >= 1 / plausibleFactor && ratio <= plausibleFactor
    if (!plausible)
      log.warn(
        { endpointId, unitPrice, currency },
        'implausible live price ignored; the catalogue price is used',
      )
    return plausible
  }

  return {
    async prices() {
      if (stopping.signal.aborted) return known()
      const newest = books.get(theBook, fetchBook)
      if (!waited) await settleWithin(newest, deps.waitMs ?? 250)
      waited = true
      return known()
    },
    known,
    stop: () => stopping.abort(),
  }
}

const toLivePrice = ({ endpointId, unit, unitPrice }: UnitPrice, asOf: string): LivePrice => ({
  endpointId,
  unit,
  unitPriceMicros: unitPrice * 1_000_000,
  asOf,
})
