/** FAL's bare prices of models, in batches, kept beside what else is known of them. */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ModelStore } from '../../ports/model-store.ts'

/** A price as FAL tells it, in dollars. */
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
}

const atOnce = 50

export async function refreshPrices(
  { store, fetchPrices, clock, log }: RefreshPricesDeps,
  endpointIds: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < endpointIds.length && signal?.aborted !== true; at += atOnce) {
    const published = await fetchPrices(endpointIds.slice(at, at + atOnce), signal)
    if ('trouble' in published) {
      log.warn({ reason: published.trouble }, 'FAL answered no prices of models')
      return
    }
    await savePrices(store, published, clock.now())
  }
}

/** Those that can be reckoned with. */
export async function savePrices(
  store: Pick<ModelStore, 'savePrices'>,
  published: readonly PublishedPrice[],
  at: number,
): Promise<void> {
  const usable = published.filter(({ currency, unitPrice }) => currency === 'USD' && unitPrice >= 0)
  const prices = usable.map(({ endpointId, unit, unitPrice }) => ({
    endpointId,
    unit: unit.slice(0, 100),
    unitPriceMicros: unitPrice * 1_000_000,
  }))
  await store.savePrices(prices, at)
}
