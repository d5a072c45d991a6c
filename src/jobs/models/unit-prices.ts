/**
 * The bare unit price of any endpoint, from FAL's price list: read when a bill needs it, and cached for an hour.
 * Never rejects.
 */
import { createMemo } from '../../concurrency/memo.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { FetchPrices } from './refresh-prices.ts'

export type UnitPriceAnswer =
  | { type: 'known'; unitPriceUsd: number; unit: string }
  /** FAL's list has no price of it in USD. */
  | { type: 'unlisted' }
  /** The list could not be read just now. */
  | { type: 'silent' }

export type UnitPriceOf = (endpointId: string, signal?: AbortSignal) => Promise<UnitPriceAnswer>

const freshMs = { known: 3_600_000, unlisted: 600_000, silent: 30_000 }
const endpointsAtMost = 2_000
const giveUpMs = 15_000

export function makeUnitPriceOf(deps: {
  fetchPrices: FetchPrices
  clock: Clock
  log: Pick<Logger, 'warn'>
}): UnitPriceOf {
  const { fetchPrices, clock, log } = deps
  const prices = createMemo<UnitPriceAnswer>({
    clock,
    atMost: endpointsAtMost,
    freshMs: ({ type }) => freshMs[type],
  })

  return function unitPriceOf(endpointId, signal) {
    return prices.get(endpointId, async () => {
      const limit = AbortSignal.timeout(giveUpMs)
      const published = await fetchPrices(
        [endpointId],
        signal === undefined ? limit : AbortSignal.any([signal, limit]),
      )
      if ('trouble' in published) {
        log.warn({ endpointId, reason: published.trouble }, 'price of a billed endpoint not read; will retry')
        return { type: 'silent' }
      }
      const price = published.find((row) => row.endpointId === endpointId)
      if (price === undefined || price.currency !== 'USD' || !(price.unitPrice >= 0))
        return { type: 'unlisted' }
      return { type: 'known', unitPriceUsd: price.unitPrice, unit: price.unit }
    })
  }
}
