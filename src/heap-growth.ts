/**
 * How much garbage the process may lie on: V8 lets a heap grow to several times what is in use before it collects what has
 * lived for a while. Promise: it collects at half as much again, and the heap has no limit but Node's own.
 */
import { setFlagsFromString } from 'node:v8'

/** Here, not among the options of a command: Node refuses to start with one that it does not know, and it may be gone some day. */
export function collectSooner(): void {
  setFlagsFromString('--heap-growing-percent=50')
}
