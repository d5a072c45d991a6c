/**
 * Limits how many callback workers one receiver, and one client over all its receivers, may occupy, so that slow
 * receivers cannot block the callbacks of other clients. A receiver that let the last attempt wait long has few slots
 * until it answers quickly again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { BoundedMap } from '../../concurrency/bounded-map.ts'
import type { Clock } from '../../ports/clock.ts'

export interface ReceiverSlots {
  /** A slot for one POST of this client to this origin, released afterwards; null when a limit is reached. */
  take(origin: string, clientId: string): Promise<(() => void) | null>
}

export interface ReceiverSlotsOptions {
  /** Maximum concurrent POSTs to one origin, and of one client, in this process. */
  each: number
  /** The same for slow receivers: to one, and of one client to all of them. */
  slowEach: number
  clock: Clock
}

/** A receiver that answers within this time is fast: waiting for its next free slot costs less than a retry. */
const quickMs = 1_000
/** An attempt that took longer makes its receiver slow, for as long as this after it. */
const slowMs = 5_000
const slowForMs = 10 * 60_000
const slowAtMost = 10_000
const waitMs = 250
const stepMs = 10

export function createReceiverSlots({ each, slowEach, clock }: ReceiverSlotsOptions): ReceiverSlots {
  const busy = new Map<string, Set<{ since: number }>>()
  const slowSince = new BoundedMap<string, number>(slowAtMost)

  const isSlow = (origin: string): boolean =>
    clock.now() - (slowSince.get(origin) ?? Number.NEGATIVE_INFINITY) < slowForMs

  const hasRoom = ({ name, most }: Limit): boolean => (busy.get(name)?.size ?? 0) < most

  const occupy = ({ name }: Limit): (() => void) => {
    const taken = busy.get(name) ?? new Set()
    const slot = { since: clock.now() }
    busy.set(name, taken.add(slot))
    return () => {
      taken.delete(slot)
      if (taken.size === 0 && busy.get(name) === taken) busy.delete(name)
    }
  }

  const isQuick = ({ name }: Limit): boolean => {
    const [oldest] = busy.get(name) ?? []
    return oldest === undefined || clock.now() - oldest.since < quickMs
  }

  /** Names of origins, clients and clients' slow receivers never collide: an origin has a scheme. */
  const limitsOf = (origin: string, clientId: string): Limit[] => {
    const limits = [
      { name: origin, most: each },
      { name: clientId, most: each },
    ]
    if (!isSlow(origin)) return limits
    return [
      ...limits,
      { name: `slow ${origin}`, most: slowEach },
      { name: `slow ${clientId}`, most: slowEach },
    ]
  }

  const judge = (origin: string, tookMs: number): void => {
    if (tookMs >= slowMs) slowSince.set(origin, clock.now())
    else slowSince.delete(origin)
  }

  return {
    async take(origin, clientId) {
      for (let waited = 0; ; waited += stepMs) {
        const limits = limitsOf(origin, clientId)
        const full = limits.filter((limit) => !hasRoom(limit))
        if (full.length === 0) {
          const begunAt = clock.now()
          const releases = limits.map(occupy)
          return () => {
            judge(origin, clock.now() - begunAt)
            for (const release of releases) release()
          }
        }
        if (waited >= waitMs || !full.every(isQuick)) return null
        await sleep(stepMs)
      }
    },
  }
}

interface Limit {
  name: string
  most: number
}
