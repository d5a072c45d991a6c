/**
 * Limits how many callback workers one receiver, and one client over all its receivers, may occupy, so that slow
 * receivers cannot block the callbacks of other clients.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../ports/clock.ts'

export interface ReceiverSlots {
  /** A slot for one POST of this client to this origin, released afterwards; null when either limit is reached. */
  take(origin: string, clientId: string): Promise<(() => void) | null>
}

/** A receiver that answers within this time is fast: waiting for its next free slot costs less than a retry. */
const quickMs = 1_000
const waitMs = 250
const stepMs = 10

/** `each`: maximum concurrent POSTs to one origin, and of one client, in this process. */
export function createReceiverSlots({ each, clock }: { each: number; clock: Clock }): ReceiverSlots {
  const busy = new Map<string, Set<{ since: number }>>()

  const hasRoom = (name: string): boolean => (busy.get(name)?.size ?? 0) < each

  const occupy = (name: string): (() => void) => {
    const taken = busy.get(name) ?? new Set()
    const slot = { since: clock.now() }
    busy.set(name, taken.add(slot))
    return () => {
      taken.delete(slot)
      if (taken.size === 0 && busy.get(name) === taken) busy.delete(name)
    }
  }

  const isQuick = (name: string): boolean => {
    const [oldest] = busy.get(name) ?? []
    return oldest === undefined || clock.now() - oldest.since < quickMs
  }

  return {
    async take(...names) {
      for (let waited = 0; ; waited += stepMs) {
        const full = names.filter((name) => !hasRoom(name))
        if (full.length === 0) {
          const releases = names.map(occupy)
          return () => {
            for (const release of releases) release()
          }
        }
        if (waited >= waitMs || !full.every(isQuick)) return null
        await sleep(stepMs)
      }
    },
  }
}
