/** The port of time: the clock that every decision about due times reads. */

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
}
