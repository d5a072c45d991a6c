/** Throttles repeated log messages: an hour without a database must not fill a disk with log lines. */
import { BoundedMap } from './bounded-map.ts'

export interface LogThrottleOptions<T> {
  everyMs: number
  /** The key by which messages count as equal. */
  keyOf: (thing: T) => string
  /** `unsaid`: occurrences since the message was last logged. */
  say: (thing: T, unsaid: number) => void
}

/** Bounds the keys; the oldest are dropped. */
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
