/** A price rule in words, for the catalogue's readers and for reasons in estimates. */
import { formatUsd } from './money.ts'
import type { PriceCondition, PriceQuantity, PriceRule } from './price-rule.ts'

/**
 * The rule in words, for people: `0.20 USD per second when generate_audio is false; otherwise 0.40 USD per second`.
 */
export function describePrice(rule: PriceRule): string {
  const unit = unitText(rule)
  const parts = rule.heightTiers === undefined ? rateTexts(rule, unit) : tierTexts(rule.heightTiers, unit)
  const factors = (rule.factors ?? []).map((f) => `times ${f.factor} when ${describeCondition(f.when)}`)
  const surcharges = (rule.surcharges ?? []).map(
    ({ when, micros }) => `plus ${formatUsd(micros)} USD when ${describeCondition(when)}`,
  )
  const first = rule.firstUnitMicros === undefined ? [] : [`the first ${formatUsd(rule.firstUnitMicros)} USD`]
  const minimum = rule.minimumMicros === undefined ? [] : [`at least ${formatUsd(rule.minimumMicros)} USD`]
  return [...parts, ...first, ...factors, ...surcharges, ...minimum].join('; ')
}

function rateTexts(rule: PriceRule, unit: string): string[] {
  return rule.rates.map((rate, index) => {
    const amount = rate.micros === null ? 'unknown' : `${formatUsd(rate.micros)} USD per ${unit}`
    if (rate.when !== undefined) return `${amount} when ${describeCondition(rate.when)}`
    return index === 0 ? amount : `otherwise ${amount}`
  })
}

function tierTexts(tiers: NonNullable<PriceRule['heightTiers']>, unit: string): string[] {
  return tiers.map((tier) => {
    const output = tier.upToPixels === undefined ? 'taller output' : `output up to ${tier.upToPixels} px high`
    return `${formatUsd(tier.micros)} USD per ${unit} for ${output}`
  })
}

function unitText(rule: PriceRule): string {
  const { quantity } = rule
  if (quantity.by === 'imageMegapixels') return 'megapixel, rounded up for each image'
  if (quantity.by === 'frames') return `second, counted as ${quantity.field} / ${quantity.framesPerSecond}`
  if (quantity.by === 'inputVideoSeconds') {
    const { blockSeconds } = quantity
    return `second of input video${blockSeconds === undefined ? '' : `, rounded up to ${blockSeconds} s`}`
  }
  return unitNames[rule.unit]
}

const unitNames: Readonly<Record<PriceRule['unit'], string>> = {
  image: 'image',
  megapixel: 'megapixel',
  second: 'second',
  minute: 'minute',
  video: 'video',
  audio: 'audio',
  '1k_characters': '1,000 characters',
  '1m_tokens': 'million video tokens',
  compute_second: 'second of GPU time',
}

/** `resolution is 4k and generate_audio is false`. */
export function describeCondition(condition: PriceCondition): string {
  return Object.entries(condition)
    .map(
      ([field, wanted]) =>
        `${field} ${typeof wanted === 'object' ? `starts with ${wanted.startsWith}` : `is ${wanted}`}`,
    )
    .join(' and ')
}

/** Whether a price can be computed from the request alone, some inputs of it excepted. */
export function isKnownBefore(rule: PriceRule): boolean {
  return !needsTheRun.has(rule.quantity.by)
}

const needsTheRun: ReadonlySet<PriceQuantity['by']> = new Set([
  'inputVideoSeconds',
  'outputVideoSeconds',
  'outputVideoMinutes',
  'outputImageMegapixels',
  'outputVideoMegapixels',
  'computeSeconds',
])
