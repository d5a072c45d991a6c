/** A slow receiver may hold some workers of the callback queue, never all: the others stay free for everybody else. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from './ports.ts'

export interface ReceiverSlots {
  /** A slot for one POST to this origin, to be released after it; null when the origin has all it may have. */
  take(origin: string): Promise<(() => void) | null>
}

/** A receiver that answers within this is quick: waiting for its next free slot costs less than coming back. */
const quickMs = 1_000
const waitMs = 250
const stepMs = 10

/** `each`: POSTs to one origin at once, in this process. */
export function createReceiverSlots({ each, clock }: { each: number; clock: Clock }): ReceiverSlots {
  const busy = new Map<string, Set<{ since: number }>>()

  const tryTake = (origin: string): (() => void) | null => {
    const taken = busy.get(origin) ?? new Set()
    if (taken.size >= each) return null
    const slot = { since: clock.now() }
    busy.set(origin, taken.add(slot))
    return () => {
      taken.delete(slot)
      if (taken.size === 0 && busy.get(origin) === taken) busy.delete(origin)
    }
  }

  const isQuick = (origin: string): boolean => {
    const [oldest] = busy.get(origin) ?? []
    return oldest === undefined || clock.now() - oldest.since < quickMs
  }

  return {
    async take(origin) {
      for (let waited = 0; ; waited += stepMs) {
        const release = tryTake(origin)
        if (release !== null || waited >= waitMs || !isQuick(origin)) return release
        await sleep(stepMs)
      }
    },
  }
}
