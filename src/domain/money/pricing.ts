/**
 * Prices a request before (or, with facts of the finished run, after) it ran: a rule from the catalogue, the full FAL
 * input, and what is known of the media give an amount, or the reason why none can be given. Nothing is guessed.
 */
import { ceilMicros } from './money.ts'
import { quantityOf } from './price-quantity.ts'
import type { LivePrice, PriceCondition, PriceEstimate, PriceFacts, PriceRule } from './price-rule.ts'
import { describeCondition } from './price-text.ts'

export type { LivePrice, PriceEstimate, PriceFacts, PriceRule } from './price-rule.ts'

/** No price, and why. */
export function unknownPrice(reason: string): PriceEstimate {
  return {
    estimatedMicros: null,
    reason,
    atMostMicros: null,
    unit: null,
    quantity: null,
    unitMicros: null,
    currency: 'USD',
    confidence: 'unknown',
    source: 'none',
    priceAsOf: null,
  }
}

/**
 * The price of one request.
 *
 * `input` is the full FAL input, FAL's defaults filled in. `live` replaces the base: FAL's Platform API gives one
 * bare unit price per endpoint and none of the modifiers (resolution, audio, style), so every rate of the rule is
 * scaled by live price / `apiBase`, the bare price the same API gave when the rule was written. Without an `apiBase`,
 * or when the unit is another one, the live price says nothing about this rule and is not used.
 */
export function evaluatePrice(
  rule: PriceRule,
  input: Readonly<Record<string, unknown>>,
  facts: PriceFacts = {},
  live?: LivePrice,
): PriceEstimate {
  const scale = liveScale(rule, live)
  const factor = (rule.factors ?? []).reduce(
    (f, entry) => (holds(entry.when, input) ? f * entry.factor : f),
    1,
  )
  const rate = rateOf(rule, input, facts)
  const quantity = quantityOf(rule.quantity, input, facts)
  const multiplier = factor * (scale ?? 1)
  const surcharge = (rule.surcharges ?? []).reduce(
    (sum, { when, micros }) => (holds(when, input) ? sum + micros : sum),
    0,
  )
  const cost = (micros: number, units: number) => {
    const ofFirst = rule.firstUnitMicros === undefined ? 0 : rule.firstUnitMicros - micros
    const sum = (micros * units + ofFirst) * multiplier + surcharge * (scale ?? 1) * units
    return ceilMicros(Math.max(sum, (rule.minimumMicros ?? 0) * (scale ?? 1)))
  }

  const known = rate.micros !== null && quantity.units !== null
  const estimatedMicros =
    rate.micros !== null && quantity.units !== null ? cost(rate.micros, quantity.units) : null
  const ceilingRate = rate.micros ?? rate.atMostMicros
  const ceilingUnits = quantity.units ?? quantity.atMost
  const ceiling = ceilingRate !== null && ceilingUnits !== null ? cost(ceilingRate, ceilingUnits) : null
  const step = rule.requestStepMicros
  return {
    estimatedMicros,
    reason: known ? null : [rate.reason, quantity.reason].filter((reason) => reason !== null).join('; '),
    atMostMicros: ceiling !== null && step !== undefined ? Math.ceil(ceiling / step) * step : ceiling,
    unit: rule.unit,
    quantity: quantity.units,
    unitMicros: rate.micros === null ? null : ceilMicros(rate.micros * multiplier),
    currency: 'USD',
    confidence: confidenceOf(rule, estimatedMicros ?? ceiling),
    source: scale === null && rule.confidence !== 'base' ? 'catalogue' : 'live',
    priceAsOf: (scale === null ? rule.asOf : live?.asOf) ?? null,
  }
}

function confidenceOf({ confidence }: PriceRule, amount: number | null): PriceEstimate['confidence'] {
  if (amount === null) return 'unknown'
  return confidence === 'base' ? 'base' : 'rule'
}

interface Rate {
  micros: number | null
  atMostMicros: number | null
  reason: string | null
}

function rateOf(rule: PriceRule, input: Readonly<Record<string, unknown>>, facts: PriceFacts): Rate {
  if (rule.heightTiers !== undefined) return tierOf(rule.heightTiers, facts)
  const rate = rule.rates.find((entry) => entry.when === undefined || holds(entry.when, input))
  if (rate === undefined)
    return { micros: null, atMostMicros: null, reason: 'no published price fits this input' }
  if (rate.micros !== null) return { micros: rate.micros, atMostMicros: null, reason: null }
  const reason = `FAL publishes no price for ${rate.when === undefined ? 'this model' : describeCondition(rate.when)}`
  return { micros: null, atMostMicros: rate.atMostMicros ?? null, reason }
}

function tierOf(tiers: NonNullable<PriceRule['heightTiers']>, facts: PriceFacts): Rate {
  const height = facts.outputHeight
  if (height === undefined) {
    const atMostMicros = Math.max(...tiers.map((tier) => tier.micros))
    return { micros: null, atMostMicros, reason: 'depends on the resolution of the output' }
  }
  const tier = tiers.find((entry) => entry.upToPixels === undefined || height <= entry.upToPixels)
  return { micros: tier?.micros ?? null, atMostMicros: null, reason: null }
}

function holds(condition: PriceCondition, input: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(condition).every(([field, wanted]) => {
    const value = input[field]
    return typeof wanted === 'object'
      ? typeof value === 'string' && value.startsWith(wanted.startsWith)
      : value === wanted
  })
}

function liveScale(rule: PriceRule, live: LivePrice | undefined): number | null {
  if (live === undefined || rule.apiBase === undefined || rule.apiBase.micros <= 0) return null
  if (!(live.unitPriceMicros > 0) || !isSameUnit(live.unit, rule.apiBase.unit)) return null
  return live.unitPriceMicros / rule.apiBase.micros
}

/** Whether FAL counts the same: it writes units in the plural and not always alike (`Megapixels`, `megapixel`). */
export const isSameUnit = (one: string, other: string): boolean => plainUnit(one) === plainUnit(other)

function plainUnit(unit: string): string {
  return unit
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, ' ')
    .replace(/s$/, '')
}

/** FAL changes prices without notice: one that is older than this may be another by now. */
const staleDays = 90

/** The age of a price in days, when it is so old that the reader should know; else null. */
export function staleDaysOf({ priceAsOf }: Pick<PriceEstimate, 'priceAsOf'>, now: number): number | null {
  if (priceAsOf === null) return null
  const days = Math.floor((now - Date.parse(priceAsOf)) / 86_400_000)
  return days > staleDays ? days : null
}
