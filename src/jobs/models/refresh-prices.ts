/** FAL's bare prices of models, in batches, kept beside what else is known of them. */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ModelStore, PriceMove } from '../../ports/model-store.ts'

/** A price as FAL publishes it, in dollars. */
export interface PublishedPrice {
  endpointId: string
  unitPrice: number
  unit: string
  currency: string
}

export type FetchPrices = (
  endpointIds: readonly string[],
  signal?: AbortSignal,
) => Promise<PublishedPrice[] | { trouble: string }>

export interface RefreshPricesDeps {
  store: Pick<ModelStore, 'savePrices'>
  fetchPrices: FetchPrices
  clock: Clock
  log: Pick<Logger, 'warn'>
  /** Called for each change of a model in use. */
  changed: (what: ModelChange) => void
}

/** `price`: by more than a third, or to another unit. */
export type ModelChange = 'document' | 'price' | 'retired'

const atOnce = 50

export async function refreshPrices(
  { store, fetchPrices, clock, log, changed }: RefreshPricesDeps,
  endpointIds: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < endpointIds.length && signal?.aborted !== true; at += atOnce) {
    const published = await fetchPrices(endpointIds.slice(at, at + atOnce), signal)
    if ('trouble' in published) {
      log.warn({ reason: published.trouble }, 'prices of models not read; will retry')
      return
    }
    for (const move of await savePrices(store, published, clock.now())) {
      if (!isLarge(move)) continue
      log.warn({ ...move }, 'the price of a model moved')
      changed('price')
    }
  }
}

/** The factor from which a change of price needs an operator's attention. */
const largeFactor = 1.33

function isLarge({ from, to }: PriceMove): boolean {
  if (from.unit !== to.unit) return true
  const [low = 0, high = 0] = [from.unitPriceMicros, to.unitPriceMicros].sort((a, b) => a - b)
  return high > low * largeFactor
}

/** Those that can be reckoned with. */
export async function savePrices(
  store: Pick<ModelStore, 'savePrices'>,
  published: readonly PublishedPrice[],
  at: number,
): Promise<PriceMove[]> {
  const usable = published.filter(({ currency, unitPrice }) => currency === 'USD' && unitPrice >= 0)
  const prices = usable.map(({ endpointId, unit, unitPrice }) => ({
    endpointId,
    unit: unit.slice(0, 100),
    unitPriceMicros: unitPrice * 1_000_000,
  }))
  return store.savePrices(prices, at)
}
