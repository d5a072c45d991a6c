/**
 * Caches the results of look-ups. Promise: at most one look-up per key is under way, at most `atMost` values are
 * kept, and a failed look-up is reported to its callers and not remembered.
 */
import type { Clock } from '../ports/clock.ts'
import { BoundedMap } from './bounded-map.ts'

export interface MemoOptions<V> {
  clock: Clock
  /** When more values are known, the one that was looked up longest ago is forgotten. */
  atMost: number
  /** How long a value is fresh, counted from the beginning of its look-up, in ms. A value with 0 is not kept at all. */
  freshMs: number | ((value: V) => number)
}

/** What to do when no fresh value is known. `stale` is the last value found, if it is still kept. */
export type LookUp<V> = (stale: V | undefined) => Promise<V>

export interface Memo<V> {
  /** The fresh value, or what `lookUp` finds. Callers that ask while a look-up is under way share it. */
  get(key: string, lookUp: LookUp<V>): Promise<V>
  /** The last value found, fresh or stale, at once. */
  peek(key: string): V | undefined
  /** Makes every value stale, and what the look-ups under way will find as well. */
  expire(): void
}

const stale = Number.NEGATIVE_INFINITY

export function createMemo<V>({ clock, atMost, freshMs }: MemoOptions<V>): Memo<V> {
  const kept = new BoundedMap<string, { value: V; until: number }>(atMost)
  const underWay = new Map<string, Promise<V>>()
  /** Incremented by `expire`: results of earlier look-ups are stale when they arrive. */
  let generation = 0

  async function load(key: string, lookUp: LookUp<V>): Promise<V> {
    const begun = { at: clock.now(), generation }
    const value = await lookUp(kept.get(key)?.value)
    const ms = typeof freshMs === 'number' ? freshMs : freshMs(value)
    if (begun.generation !== generation) {
      // Keep the result of a later look-up.
      if (ms > 0 && !kept.has(key)) kept.set(key, { value, until: stale })
    } else if (ms > 0) kept.set(key, { value, until: begun.at + ms })
    else kept.delete(key)
    return value
  }

  return {
    get(key, lookUp) {
      const known = kept.get(key)
      if (known !== undefined && known.until > clock.now()) return Promise.resolve(known.value)
      const shared = underWay.get(key)
      if (shared !== undefined) return shared
      const loading = load(key, lookUp).finally(() => {
        if (underWay.get(key) === loading) underWay.delete(key)
      })
      underWay.set(key, loading)
      return loading
    },
    peek: (key) => kept.get(key)?.value,
    expire() {
      generation += 1
      underWay.clear()
      for (const entry of kept.values()) entry.until = stale
    },
  }
}
