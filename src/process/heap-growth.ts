/**
 * Limits heap growth between major garbage collections while many streams are open: V8 by default lets the heap grow
 * to several times the live data. Invariant: while enabled, a major collection starts at 1.5 times the live data; the
 * heap limit itself stays Node's.
 */
import { setFlagsFromString } from 'node:v8'

/**
 * Here, not among the options of a command: only while it pays, since work pays for it; and Node refuses to start with an
 * option that it does not know, which this one may be some day.
 */
export function collectSooner(soon: boolean): void {
  setFlagsFromString(`--heap-growing-percent=${soon ? 50 : v8Decides}`)
}

const v8Decides = 0
