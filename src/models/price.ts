/** Prices a FAL input by its model's rule, before the run or, with facts of the finished one, after it. */
import {
  evaluatePrice,
  type LivePrice,
  type PriceEstimate,
  type PriceFacts,
  unknownPrice,
} from '../domain/money/pricing.ts'
import type { KnownModel } from './catalogue/entry.ts'
import { briefEntries, type Curated, catalogue } from './catalogue.ts'
import { compiledModel } from './compiled-model.ts'

/** Live unit prices by FAL endpoint id. */
export type LivePrices = Pick<ReadonlyMap<string, LivePrice>, 'get'>

export interface PriceOptions {
  facts?: PriceFacts
  livePrices?: LivePrices | undefined
}

/** `input` is what FAL was or will be sent; FAL's defaults are filled in here. */
export function priceInput(
  entry: KnownModel,
  input: Readonly<Record<string, unknown>>,
  options: PriceOptions = {},
): PriceEstimate {
  if (entry.price === null) return unknownPrice(entry.priceUnknown ?? 'no price of this endpoint is known')
  const full = { ...compiledModel(entry).defaults, ...input }
  return evaluatePrice(entry.price, full, options.facts, options.livePrices?.get(entry.endpointId))
}

/** The price of an input that is sent unchecked, since FAL's document is not known. */
export function priceUnlisted(
  curated: Curated | null,
  input: Readonly<Record<string, unknown>>,
  { livePrices }: PriceOptions = {},
): PriceEstimate {
  if (curated === null) return unknownPrice('the endpoint is not in the catalogue')
  const defaults = 'defaults' in curated ? curated.defaults : {}
  return evaluatePrice(curated.price, { ...defaults, ...input }, {}, livePrices?.get(curated.endpointId))
}

/**
 * The endpoints whose live price can be made use of, with the unit and the bare price in micro-USD that FAL published
 * before.
 */
export function pricedEndpoints(): { endpointId: string; unit: string; apiBaseMicros: number }[] {
  return [...catalogue, ...briefEntries].flatMap(({ endpointId, price }) =>
    price.apiBase === undefined
      ? []
      : [{ endpointId, unit: price.apiBase.unit, apiBaseMicros: price.apiBase.micros }],
  )
}
