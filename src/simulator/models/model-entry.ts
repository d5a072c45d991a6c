/** The shape of a simulated model: its input fields, its output and its base price, as FAL publishes them. */

import type { Json } from '../json.ts'

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

export interface ModelEntry {
  readonly id: string
  readonly title: string
  readonly kind: MediaKind
  readonly task: string
  readonly input: readonly InputField[]
  readonly rules?: readonly CrossFieldRule[]
  readonly output: ModelOutput
  /** USD per unit at the default parameters. */
  readonly price: { readonly unit: string; readonly amount: number | null }
}
