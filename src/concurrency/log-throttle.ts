/** Says the same thing once in a while, however often it happens: an hour without a database must not fill a disk with log. */
import { BoundedMap } from './bounded-map.ts'

export interface LogThrottleOptions<T> {
  everyMs: number
  /** What counts as the same. */
  keyOf: (thing: T) => string
  /** `unsaid`: how often it happened since it was last said. */
  say: (thing: T, unsaid: number) => void
}

/** Few keys are expected; beyond this the oldest are forgotten. */
const keysAtMost = 100

export function throttledLog<T>({ everyMs, keyOf, say }: LogThrottleOptions<T>): (thing: T) => void {
  const said = new BoundedMap<string, { at: number; unsaid: number }>(keysAtMost)
  return (thing) => {
    const key = keyOf(thing)
    const last = said.get(key)
    const now = performance.now()
    if (last !== undefined && now - last.at < everyMs) {
      last.unsaid += 1
      return
    }
    said.set(key, { at: now, unsaid: 0 })
    say(thing, last?.unsaid ?? 0)
  }
}
