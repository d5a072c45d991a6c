/**
 * What is known of one model: plain data, in FAL's field names, from which limits, encodings, JSON Schema and price all
 * follow. It comes from a curated entry (adding a model to the catalogue is adding one ModelEntry), from FAL's own
 * document, or from both.
 */
import type { DurationEncoding } from '../../domain/duration.ts'
import type { PriceRule } from '../../domain/money/pricing.ts'

export type MediaKind = 'image' | 'video' | 'audio'

/** The service's own names for what a caller may ask, in the order they are shown. */
export const paramNames = [
  'prompt',
  'negativePrompt',
  'aspectRatio',
  'durationSeconds',
  'fps',
  'resolution',
  'guidanceScale',
  'steps',
  'seed',
  'numOutputs',
  'enableAudio',
  'inputImageUrl',
  'inputImageUrls',
  'inputVideoUrl',
  'inputAudioUrl',
] as const

export type ParamName = (typeof paramNames)[number]

/** What FAL accepts for one value, whether a field of the input, a member of an object or an item of a list. */
export type ValueRule =
  | TextRule
  | NumberRule
  | BooleanRule
  | SizeRule
  | ListRule
  | ObjectRule
  | ChoiceRule
  | UnionRule
  | AnyRule

export interface TextRule {
  readonly type: 'string'
  readonly allowed?: readonly string[]
  /** Any other string is accepted as well. */
  readonly open?: boolean
  readonly minLength?: number
  readonly maxLength?: number
  /** A regular expression that the text contains a match of; run by an engine of linear time. */
  readonly pattern?: string
  /** The string is the address of a file: https URL or `data:` URI. */
  readonly media?: MediaKind
}

export interface NumberRule {
  readonly type: 'integer' | 'number'
  readonly allowed?: readonly number[]
  readonly min?: number
  readonly max?: number
  readonly above?: number
  readonly below?: number
  /** Counted from `min`. */
  readonly step?: number
  /** Counted from 0. */
  readonly multipleOf?: number
}

export interface BooleanRule {
  readonly type: 'boolean'
}

/** FAL's image_size and video_size: a preset name, or `{width, height}`, each side in 1..14142 pixels unless stated. */
export interface SizeRule {
  readonly type: 'size'
  readonly allowed: readonly string[]
  readonly minPixels?: number
  readonly maxPixels?: number
  readonly width?: NumberRule
  readonly height?: NumberRule
  /** FAL fills in neither side. */
  readonly bothSides?: boolean
}

export interface ListRule {
  readonly type: 'array'
  readonly items: ValueRule
  /** Rules of the first items; `items` is that of the rest. */
  readonly prefix?: readonly ValueRule[]
  /** Absent: a list of files must not be empty, any other may be. */
  readonly minItems?: number
  readonly maxItems?: number
}

/** Without `fields` any object is taken. */
export interface ObjectRule {
  readonly type: 'object'
  readonly fields?: readonly Parameter[]
  /** The rule of members that `fields` does not name; absent: they are refused. */
  readonly rest?: ValueRule
}

/** One of these values, of whatever types: `["auto", 5, 6]`. */
export interface ChoiceRule {
  readonly type: 'choice'
  readonly allowed: readonly (string | number | boolean | null)[]
}

/** A value that satisfies any of these rules. */
export interface UnionRule {
  readonly type: 'union'
  readonly options: readonly ValueRule[]
}

/** Accepts any value: these rules cannot express FAL's own. */
export interface AnyRule {
  readonly type: 'any'
}

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One field of a model's FAL input. */
export type Parameter = ValueRule & {
  readonly field: string
  readonly required?: boolean
  readonly nullable?: boolean
  /** What FAL uses when the field is not sent. */
  readonly default?: Json
  /** Sent when the caller omits the field, because FAL's default is doubtful or unusable. */
  readonly always?: Json
  /** The service's name for it. */
  readonly param?: ParamName
  readonly encoding?: Encoding
}

/**
 * How a normalized value becomes the field's value; absent: as it is.
 * `size` ratio → preset or {width, height}; `pixels` ratio → "1024x1536".
 */
export type Encoding = DurationEncoding | 'size' | 'pixels'

/** Two fields of one request that must agree. */
export type Constraint =
  /** While every field of `when` has its value, `field` takes only `allowed`. */
  | {
      readonly when: Readonly<Record<string, string>>
      readonly field: string
      readonly allowed: readonly string[]
    }
  /** At most one of these may be sent. */
  | { readonly oneOf: readonly string[]; readonly reason: string }

export interface Output {
  /** Where the media is: `images[].url`, `video.url`; null when none is promised. */
  readonly urlPath: string | null
  readonly fileFields: readonly string[]
  readonly otherFields: readonly string[]
  /** Files beside the main one. */
  readonly extraMediaPaths?: readonly string[]
}

export interface KnownModel {
  /** What a create may call it; the endpoint id where the catalogue gives it no shorter name. */
  readonly alias: string
  readonly synonyms: readonly string[]
  /** FAL's endpoint id. */
  readonly endpointId: string
  readonly title: string
  readonly family: string
  readonly kind: MediaKind | 'file' | 'unknown'
  readonly task: string
  /** `retired`: FAL or the model's maker has ended it; `unconfirmed`: priced by FAL, but in none of its lists. */
  readonly availability: 'listed' | 'retired' | 'unconfirmed'
  /** What to use in place of a retired model. */
  readonly successor?: string
  readonly parameters: readonly Parameter[]
  /** The rule of input fields that `parameters` does not name; absent: they are refused. */
  readonly otherFields?: ValueRule
  readonly constraints?: readonly Constraint[]
  /** Frames a second that FAL assumes where `num_frames` stands for a duration; `field` carries it when settable. */
  readonly frameRate?: { readonly default: number; readonly field?: string }
  readonly output: Output
  /** Null: nothing is known of its price, for the reason in `priceUnknown`. */
  readonly price: PriceRule | null
  readonly priceUnknown?: string
  readonly notes?: readonly string[]
  /** ISO date of the schema this was taken from. */
  readonly asOf: string
}

/**
 * A curated entry that says only what FAL's document does not: names, price and what the service insists on. Its
 * parameters are FAL's.
 */
export interface BriefEntry
  extends Pick<
    KnownModel,
    | 'alias'
    | 'synonyms'
    | 'endpointId'
    | 'title'
    | 'family'
    | 'task'
    | 'availability'
    | 'successor'
    | 'notes'
    | 'asOf'
  > {
  readonly kind: MediaKind
  readonly price: PriceRule
  /** FAL's defaults of fields that the price depends on, for as long as its document is not known. */
  readonly defaults?: Readonly<Record<string, Json>>
  /** Sent when the caller is silent, by field. */
  readonly always?: Readonly<Record<string, Json>>
}

/** A curated entry of the catalogue, with all that a request is held against. */
export interface ModelEntry extends KnownModel {
  readonly kind: MediaKind
  readonly output: Output & { readonly urlPath: string }
  readonly price: PriceRule
}
