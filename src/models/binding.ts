/**
 * The bridge between one normalized parameter and the FAL field it becomes: `encode` converts the caller's value to
 * FAL's, normalized and checked; `decode` reads FAL's value back.
 */
import type { ParamName } from './catalogue/entry.ts'
import type { Findings, Place } from './values/findings.ts'

/** A FAL input while it is being built, or full of defaults. */
export type FalInput = Readonly<Record<string, unknown>>

export interface Encoded {
  /** What FAL is sent. */
  readonly fal: unknown
  /** The normalized parameter, in the service's own terms. */
  readonly shown: unknown
}

export interface Binding {
  readonly param: ParamName
  readonly field: string
  /** `input` holds what is already settled (a duration in frames needs the frame rate). Null: refused. */
  encode(value: unknown, input: FalInput, at: Place, findings: Findings): Encoded | null
  /** Undefined: FAL's value has no normalized form. */
  decode(value: unknown, input: FalInput): unknown
}
