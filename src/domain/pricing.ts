/**
 * Prices a request before (or, with facts of the finished run, after) it ran: a rule from the catalogue, the full FAL
 * input, and what is known of the media give an amount, or the reason why none can be given. Nothing is guessed.
 */
import { pixelsOfSize } from './image-size.ts'
import { ceilMicros, formatUsd } from './money.ts'

export type PriceUnit =
  | 'image'
  | 'megapixel'
  | 'second'
  | 'minute'
  | 'video'
  | 'audio'
  | '1k_characters'
  | '1m_tokens'
  | 'compute_second'

/** Conditions on fields of the full input; all must hold. A string match may be by prefix. */
export type PriceCondition = Readonly<Record<string, string | number | boolean | { startsWith: string }>>

export interface PriceRate {
  /** Absent: always. */
  readonly when?: PriceCondition
  /** Micro-USD for one unit; null: FAL publishes no figure for this case. */
  readonly micros: number | null
  /** What one unit costs at most, where `micros` is null but a ceiling is published. */
  readonly atMostMicros?: number
}

/** How many units a request costs. Field names are FAL's. */
export type PriceQuantity =
  | { readonly by: 'request' }
  /** num_images, times max_images where the model has it. */
  | { readonly by: 'images' }
  /** Megapixels of `sizeField`, rounded up per image, times num_images. */
  | {
      readonly by: 'imageMegapixels'
      readonly sizeField: string
      /** The size FAL uses when the field is silent, unless the field `unless` is there. */
      readonly silentSize?: { readonly preset: string; readonly unless?: string }
    }
  /** The seconds asked for in `field`; `maxSeconds` is what the model picks at most when it picks itself. */
  | { readonly by: 'seconds'; readonly field: string; readonly maxSeconds?: number }
  | { readonly by: 'fixedSeconds'; readonly seconds: number }
  /** Frames over a fixed billing rate, whatever the playback rate. */
  | { readonly by: 'frames'; readonly field: string; readonly framesPerSecond: number }
  /** Thousands of characters (Unicode code points) of `field`. */
  | { readonly by: 'characters'; readonly field: string }
  /** Millions of video tokens: tokens a second by resolution, times seconds (or frames, when sent). */
  | {
      readonly by: 'videoTokens'
      readonly tokensPerSecond: Readonly<Record<string, number>>
      readonly secondsField: string
      readonly framesField: string
      readonly framesPerSecond: number
    }
  | { readonly by: 'inputVideoSeconds'; readonly blockSeconds?: number }
  | { readonly by: 'outputVideoSeconds' }
  | { readonly by: 'outputVideoMinutes' }
  | { readonly by: 'outputImageMegapixels' }
  | { readonly by: 'outputVideoMegapixels' }
  | { readonly by: 'computeSeconds' }

export interface PriceRule {
  readonly unit: PriceUnit
  /** The first whose condition holds counts. */
  readonly rates: readonly PriceRate[]
  /** Every one whose condition holds multiplies the rate. */
  readonly factors?: readonly { readonly when: PriceCondition; readonly factor: number }[]
  /** Rates by the height of the output in pixels, in place of `rates`, lowest first; the last has no bound. */
  readonly heightTiers?: readonly { readonly upToPixels?: number; readonly micros: number }[]
  readonly quantity: PriceQuantity
  readonly minimumMicros?: number
  /** FAL rounds the bill of a whole request up to this; shown in `atMostMicros`, not in the estimate. */
  readonly requestStepMicros?: number
  /** What FAL's price API said when this rule was written: the yardstick for live prices. */
  readonly apiBase?: { readonly unit: string; readonly micros: number }
  readonly confidence: 'high' | 'medium'
  /** ISO date of the source; null: the source bears none. */
  readonly asOf: string | null
  readonly note?: string
}

/** A unit price read from FAL's Platform API. */
export interface LivePrice {
  readonly endpointId: string
  /** FAL's own word for the unit (`images`, `megapixels`, `seconds`…). */
  readonly unit: string
  readonly unitPriceMicros: number
}

/** What only the media or the finished run can tell. Seconds, pixels. */
export interface PriceFacts {
  readonly inputVideoSeconds?: number
  readonly outputSeconds?: number
  readonly outputWidth?: number
  readonly outputHeight?: number
  readonly outputFrames?: number
  readonly outputFiles?: number
  readonly computeSeconds?: number
}

export interface PriceEstimate {
  /** Micro-USD, rounded up; null when it cannot be known, and then `reason` says why. */
  estimatedMicros: number | null
  reason: string | null
  /** The most it can cost, where that is known though the price itself may not be. */
  atMostMicros: number | null
  unit: PriceUnit | null
  quantity: number | null
  /** Micro-USD of one unit with every factor applied, rounded up. */
  unitMicros: number | null
  currency: 'USD'
  /** `live`: scaled by FAL's Platform API. */
  source: 'catalogue' | 'live' | 'none'
}

/**
 * One megapixel as FAL bills it. FAL does not publish whether it means 1,000,000 or 1,048,576; the one paid
 * measurement known (1024 × 1024 billed as one, with rounding up) only fits the latter.
 */
const megapixel = 1024 * 1024

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
    source: 'none',
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
  const cost = (micros: number, units: number) =>
    ceilMicros(Math.max(micros * multiplier * units, (rule.minimumMicros ?? 0) * (scale ?? 1)))

  const known = rate.micros !== null && quantity.units !== null
  const estimatedMicros =
    rate.micros !== null && quantity.units !== null ? cost(rate.micros, quantity.units) : null
  const ceilingRate = rate.micros ?? rate.atMostMicros
  const ceilingUnits = quantity.units ?? quantity.atMost
  const ceiling = ceilingRate !== null && ceilingUnits !== null ? cost(ceilingRate, ceilingUnits) : null
  const step = rule.requestStepMicros
  return {
    estimatedMicros,
    reason: known ? null : (rate.reason ?? quantity.reason),
    atMostMicros: ceiling !== null && step !== undefined ? Math.ceil(ceiling / step) * step : ceiling,
    unit: rule.unit,
    quantity: quantity.units,
    unitMicros: rate.micros === null ? null : ceilMicros(rate.micros * multiplier),
    currency: 'USD',
    source: scale === null ? 'catalogue' : 'live',
  }
}

/** The rule in words, for people: `0.20 USD per second when generate_audio is false; otherwise 0.40 USD per second`. */
export function describePrice(rule: PriceRule): string {
  const unit = rule.unit.replaceAll('_', ' ')
  const rates = rule.rates.map((rate) => {
    const amount = rate.micros === null ? 'unknown' : `${formatUsd(rate.micros)} USD per ${unit}`
    return rate.when === undefined ? amount : `${amount} when ${describeCondition(rate.when)}`
  })
  const tiers = (rule.heightTiers ?? []).map((tier) => {
    const bound = tier.upToPixels === undefined ? 'above' : `up to ${tier.upToPixels} px high`
    return `${formatUsd(tier.micros)} USD per ${unit} for output ${bound}`
  })
  const factors = (rule.factors ?? []).map((f) => `times ${f.factor} when ${describeCondition(f.when)}`)
  const minimum = rule.minimumMicros === undefined ? [] : [`at least ${formatUsd(rule.minimumMicros)} USD`]
  return [...(tiers.length > 0 ? tiers : rates), ...factors, ...minimum].join('; ')
}

/** Whether a price can be told from the request alone, some inputs of it excepted. */
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

interface Quantity {
  units: number | null
  atMost: number | null
  reason: string | null
}

function quantityOf(
  rule: PriceQuantity,
  input: Readonly<Record<string, unknown>>,
  facts: PriceFacts,
): Quantity {
  switch (rule.by) {
    case 'request':
      return exactly(1)
    case 'images':
      return exactly(facts.outputFiles ?? count(input.num_images) * count(input.max_images))
    case 'imageMegapixels':
      return imageMegapixels(rule, input, facts)
    case 'seconds':
      return requestedSeconds(rule, input, facts)
    case 'fixedSeconds':
      return exactly(rule.seconds)
    case 'frames':
      return known(
        numberOf(input[rule.field]),
        `${rule.field} is not set`,
        (frames) => frames / rule.framesPerSecond,
      )
    case 'characters':
      return exactly(typeof input[rule.field] === 'string' ? [...String(input[rule.field])].length / 1000 : 0)
    case 'videoTokens':
      return videoTokens(rule, input)
    case 'inputVideoSeconds':
      return known(facts.inputVideoSeconds, 'depends on the length of the input video', (seconds) =>
        rule.blockSeconds === undefined
          ? seconds
          : Math.ceil(seconds / rule.blockSeconds) * rule.blockSeconds,
      )
    case 'outputVideoSeconds':
      return known(facts.outputSeconds, 'depends on the length of the output video')
    case 'outputVideoMinutes':
      return known(
        facts.outputSeconds,
        'depends on the length of the output video',
        (seconds) => seconds / 60,
      )
    case 'outputImageMegapixels':
      return known(
        outputPixels(facts),
        'depends on the size of the input image',
        (pixels) => pixels / megapixel,
      )
    case 'outputVideoMegapixels':
      return known(
        videoPixels(facts),
        'depends on the size and length of the input video',
        (p) => p / 1_000_000,
      )
    case 'computeSeconds':
      return known(facts.computeSeconds, 'billed by GPU time, known only after the run')
  }
}

function imageMegapixels(
  rule: Extract<PriceQuantity, { by: 'imageMegapixels' }>,
  input: Readonly<Record<string, unknown>>,
  facts: PriceFacts,
): Quantity {
  const asked = input[rule.sizeField]
  const silent = rule.silentSize
  const useSilent =
    silent !== undefined && (silent.unless === undefined || input[silent.unless] === undefined)
  const size = asked === undefined || asked === null ? (useSilent ? silent.preset : null) : asked
  const pixels = outputPixels(facts) ?? pixelsOfSize(size)
  const images = facts.outputFiles ?? count(input.num_images)
  return known(pixels, `the size of the image is not fixed by ${rule.sizeField}`, (p) => {
    return Math.max(1, Math.ceil(p / megapixel)) * images
  })
}

function requestedSeconds(
  rule: Extract<PriceQuantity, { by: 'seconds' }>,
  input: Readonly<Record<string, unknown>>,
  facts: PriceFacts,
): Quantity {
  const seconds = secondsOf(input[rule.field]) ?? facts.outputSeconds
  if (seconds !== undefined) return exactly(seconds)
  const reason = `the model picks the length itself unless ${rule.field} is set`
  return { units: null, atMost: rule.maxSeconds ?? null, reason }
}

function videoTokens(
  rule: Extract<PriceQuantity, { by: 'videoTokens' }>,
  input: Readonly<Record<string, unknown>>,
): Quantity {
  const perSecond = rule.tokensPerSecond[String(input.resolution)]
  const frames = numberOf(input[rule.framesField])
  const seconds = frames === undefined ? secondsOf(input[rule.secondsField]) : frames / rule.framesPerSecond
  if (perSecond === undefined)
    return { units: null, atMost: null, reason: 'no token rate for this resolution' }
  return known(seconds, `${rule.secondsField} is not set`, (s) => (perSecond * s) / 1_000_000)
}

function exactly(units: number): Quantity {
  return { units, atMost: null, reason: null }
}

function known(
  fact: number | undefined,
  reason: string,
  toUnits: (fact: number) => number = (n) => n,
): Quantity {
  return fact === undefined ? { units: null, atMost: null, reason } : exactly(toUnits(fact))
}

function count(value: unknown): number {
  return numberOf(value) ?? 1
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Seconds of FAL's encodings: `"8s"`, `"5"`, `5`. */
function secondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)s?$/.exec(value) : null
  return match === null ? undefined : Number(match[1])
}

function outputPixels(facts: PriceFacts): number | undefined {
  const { outputWidth: width, outputHeight: height } = facts
  return width === undefined || height === undefined ? undefined : width * height
}

function videoPixels(facts: PriceFacts): number | undefined {
  const pixels = outputPixels(facts)
  return pixels === undefined || facts.outputFrames === undefined ? undefined : pixels * facts.outputFrames
}

function holds(condition: PriceCondition, input: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(condition).every(([field, wanted]) => {
    const value = input[field]
    return typeof wanted === 'object'
      ? typeof value === 'string' && value.startsWith(wanted.startsWith)
      : value === wanted
  })
}

function describeCondition(condition: PriceCondition): string {
  return Object.entries(condition)
    .map(
      ([field, wanted]) =>
        `${field} ${typeof wanted === 'object' ? `starts with ${wanted.startsWith}` : `is ${wanted}`}`,
    )
    .join(' and ')
}

function liveScale(rule: PriceRule, live: LivePrice | undefined): number | null {
  if (live === undefined || rule.apiBase === undefined || rule.apiBase.micros <= 0) return null
  if (!(live.unitPriceMicros > 0) || plainUnit(live.unit) !== plainUnit(rule.apiBase.unit)) return null
  return live.unitPriceMicros / rule.apiBase.micros
}

/** FAL writes units in the plural and not always alike: `Megapixels`, `megapixel`. */
function plainUnit(unit: string): string {
  return unit
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, ' ')
    .replace(/s$/, '')
}
