/** The shape of a fault's entry in the catalogue. */

export interface FaultEntry {
  readonly where: 'submit' | 'poll' | 'outcome' | 'webhook' | 'cancel' | 'cdn'
  /** Strikes for one request (for `submit`: for one input); `Infinity` = always. */
  readonly repeat: number
  /** True when a client that follows FAL's rules survives it, so that the random mode may use it. */
  readonly survivable: boolean
  readonly does: string
  /** Meaning and default of `=value`. */
  readonly value?: { readonly means: string; readonly otherwise: number | string }
  /** The files that implement it, from `src/simulator`; a test checks the list. */
  readonly actsIn: readonly string[]
}

export const always = Number.POSITIVE_INFINITY
