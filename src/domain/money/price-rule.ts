/** How a model is priced, as data: rates by condition, factors, and what is counted. All money is micro-USD. */
import type { PriceConfidence } from '../job.ts'

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
  /** What FAL's bare price counts, read from the fields that stand for it. `timesField`: how many files are made. */
  | {
      readonly by: 'counted'
      readonly of: 'images' | 'seconds' | 'milliseconds' | 'megapixels' | 'characters' | 'runs'
      readonly field?: string
      readonly timesField?: string
      /** So many of what is counted make one unit, as 1000 characters. */
      readonly perUnit?: number
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
  /** Every one whose condition holds is added to the rate, after the factors. */
  readonly surcharges?: readonly { readonly when: PriceCondition; readonly micros: number }[]
  /** What the first unit costs, where the rate is that of the others. */
  readonly firstUnitMicros?: number
  /** Rates by the height of the output in pixels, in place of `rates`, lowest first; the last has no bound. */
  readonly heightTiers?: readonly { readonly upToPixels?: number; readonly micros: number }[]
  readonly quantity: PriceQuantity
  readonly minimumMicros?: number
  /** FAL rounds the bill of a whole request up to this; shown in `atMostMicros`, not in the estimate. */
  readonly requestStepMicros?: number
  /** What FAL's price API said when this rule was written: the yardstick for live prices. */
  readonly apiBase?: { readonly unit: string; readonly micros: number }
  /** `base`: FAL's bare price alone, its modifiers unknown. */
  readonly confidence: 'high' | 'medium' | 'base'
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
  /** ISO date of the list. */
  readonly asOf: string
}

/** Quantities that only the media or the finished run show. Seconds, pixels. */
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
  /** `rule`: by all that FAL publishes of the price; `base`: by its bare price alone; `unknown`: it is not known. */
  confidence: PriceConfidence
  /** `live`: scaled by FAL's Platform API. */
  source: 'catalogue' | 'live' | 'none'
  /** ISO date on which FAL asked this price; null: not known. */
  priceAsOf: string | null
}
