/** The shape of a simulated model: its input fields, its output and its price, as FAL publishes them. */

import type { Json } from '../../base/json.ts'

export type MediaKind = 'image' | 'video' | 'audio'
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'

export interface InputField {
  readonly name: string
  readonly type: readonly FieldType[]
  readonly required?: boolean
  readonly nullable?: boolean
  readonly options?: readonly Json[]
  /** The options are suggestions: any other text is taken too. */
  readonly anyText?: boolean
  readonly min?: number
  readonly max?: number
  /** Exclusive lower bound. */
  readonly above?: number
  readonly step?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly default?: Json
  readonly properties?: readonly InputField[]
  readonly items?: InputField
}

/** When every field of `when` has its value, the fields of `allowed` may only have the listed ones. */
interface CrossFieldRule {
  readonly when: Readonly<Record<string, Json>>
  readonly allowed: Readonly<Record<string, readonly Json[]>>
}

export interface ModelOutput {
  readonly field: string
  readonly list: boolean
  readonly fileFields: readonly string[]
  readonly alsoFields: readonly string[]
  /** Further fields that each hold one image file. */
  readonly alsoImages?: readonly string[]
}

/** What a run is billed by: itself, its files, or the size or length of what it made. */
export type Counted =
  | 'runs'
  | 'images'
  /** Rounded up per image. */
  | 'megapixels'
  | 'exactMegapixels'
  /** Millions of pixels of all frames. */
  | 'videoMegapixels'
  | 'seconds'
  /** Blocks of five seconds, begun ones whole. */
  | 'fiveSeconds'
  | 'minutes'
  | 'thousandCharacters'
  | 'computeSeconds'

export interface Price {
  /** FAL's own word for what `amount` buys; a run is billed in it, whatever is counted. */
  readonly unit: string
  /** USD per unit, as the price API tells it: without the modifiers below. */
  readonly amount: number
  readonly counts: Counted
  /** For `seconds`: `num_frames`, where given, over this are the seconds. */
  readonly framesPerSecond?: number
  /** USD for one of what is counted, where it is not `amount`; the first that fits. A text ending in `*` is a prefix. */
  readonly rates?: readonly { readonly when?: Readonly<Record<string, Json>>; readonly usd: number }[]
  /** All that fit. */
  readonly factors?: readonly { readonly when: Readonly<Record<string, Json>>; readonly factor: number }[]
  readonly leastUsd?: number
}

export interface ModelEntry {
  readonly id: string
  readonly title: string
  readonly kind: MediaKind
  readonly task: string
  readonly input: readonly InputField[]
  readonly rules?: readonly CrossFieldRule[]
  readonly output: ModelOutput
  readonly price: Price
}
