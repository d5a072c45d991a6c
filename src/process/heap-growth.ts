/**
 * How much garbage the process may lie on: V8 lets a heap grow to several times what is in use before it collects what has
 * lived for a while. Promise: while it is asked to, it collects at half as much again, and the heap has no limit but Node's own.
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
