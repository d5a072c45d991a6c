/**
 * Limits concurrent downloads, in total, per host and per client. Invariants: a free slot goes to the waiting client
 * with the fewest downloads, small files first; one client leaves slots to others; a slow download makes way for quick
 * ones.
 */
import { ArchiveError } from '../../domain/archive-error.ts'

export interface DownloadLimits {
  /** Maximum concurrent downloads in this process, slow ones apart. */
  total: number
  /** Maximum concurrent downloads from one host, slow ones apart. */
  perHost: number
  /** After this time a download is slow. */
  slowAfterMs?: number
}

/** What a download needs a slot for. */
export interface WantedSlot {
  host: string
  /** Downloads of one client share its part of the slots. */
  clientId: string
  /** null when unknown. */
  bytes: number | null
}

export interface DownloadSlots {
  /** Waits for a slot; call what it resolves to when the download has ended, any number of times. */
  take(wanted: WantedSlot, signal?: AbortSignal): Promise<() => void>
}

interface Waiting extends WantedSlot {
  start: () => void
}

const defaultSlowAfterMs = 5_000
/** Of the slots: what one client may use while others download too. Alone it leaves one slot to the next that comes. */
const clientPart = 2 / 3
/** A client competes for this long after it last asked for a slot. */
const competesMs = 60_000
/** Of the slots: how many slow downloads there may be beside the others, and of one client. */
const slowPart = 1 / 2
/** Files up to this size go before others of their client. */
const smallBytes = 5 * 1024 * 1024

export function createDownloadSlots(limits: DownloadLimits): DownloadSlots {
  const counts = createCounts(limits)
  const queue: Waiting[] = []

  function occupy(wanted: WantedSlot): () => void {
    counts.add('quick', wanted, 1)
    let lane: 'quick' | 'slow' | null = 'quick'
    // A slow download keeps its quick slot while there is no room in the lane for slow ones.
    const timer = setInterval(() => {
      if (!counts.hasSlowRoom(wanted)) return
      clearInterval(timer)
      counts.add('quick', wanted, -1)
      counts.add('slow', wanted, 1)
      lane = 'slow'
      startNext()
    }, limits.slowAfterMs ?? defaultSlowAfterMs)
    timer.unref()
    return () => {
      if (lane === null) return
      clearInterval(timer)
      counts.add(lane, wanted, -1)
      lane = null
      startNext()
    }
  }

  function startNext(): void {
    let best = -1
    for (const [at, waiting] of queue.entries()) {
      const leader = queue[best]
      if (counts.isFree(waiting) && (leader === undefined || goesBefore(waiting, leader))) best = at
    }
    if (best !== -1) queue.splice(best, 1)[0]?.start()
  }

  /** In order of arrival otherwise. */
  function goesBefore(one: Waiting, other: Waiting): boolean {
    const difference = counts.ofClient(one.clientId) - counts.ofClient(other.clientId)
    if (difference !== 0) return difference < 0
    return one.clientId === other.clientId && isSmall(one) && !isSmall(other)
  }

  return {
    take(wanted, signal) {
      if (signal?.aborted) return Promise.reject(stopped(signal))
      counts.asked(wanted)
      if (counts.isFree(wanted)) return Promise.resolve(occupy(wanted))
      const { promise, resolve, reject } = Promise.withResolvers<() => void>()
      const giveUp = () => {
        queue.splice(queue.indexOf(waiting), 1)
        reject(stopped(signal))
      }
      const waiting: Waiting = {
        ...wanted,
        start() {
          signal?.removeEventListener('abort', giveUp)
          resolve(occupy(wanted))
        },
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      queue.push(waiting)
      return promise
    },
  }
}

type Lane = 'quick' | 'slow'

/** Running downloads by lane: in all, by host, by client, and by client at a host. */
function createCounts({ total, perHost }: DownloadLimits) {
  const counts = new Map<string, number>()
  const of = (key: string): number => counts.get(key) ?? 0
  const keysOf = (lane: Lane, { host, clientId }: WantedSlot): string[] =>
    [['all'], ['host', host], ['client', clientId], ['both', clientId, host]].map((parts) =>
      JSON.stringify([lane, ...parts]),
    )
  const part = (limit: number, share: number): number =>
    limit === Number.POSITIVE_INFINITY ? limit : Math.max(1, Math.floor(limit * share))
  /** The client that asked last, and when another one did before it. */
  let latest = { clientId: '', otherAt: Number.NEGATIVE_INFINITY, at: Number.NEGATIVE_INFINITY }
  const mostOf = (limit: number): number =>
    performance.now() - latest.otherAt < competesMs ? part(limit, clientPart) : Math.max(1, limit - 1)

  return {
    add(lane: Lane, wanted: WantedSlot, change: 1 | -1): void {
      for (const key of keysOf(lane, wanted)) {
        const count = of(key) + change
        if (count === 0) counts.delete(key)
        else counts.set(key, count)
      }
    },
    asked({ clientId }: WantedSlot): void {
      const at = performance.now()
      const otherAt = clientId === latest.clientId ? latest.otherAt : latest.at
      latest = { clientId, otherAt, at }
    },
    isFree(wanted: WantedSlot): boolean {
      const [all, host, client, both] = keysOf('quick', wanted).map(of)
      return (
        Number(all) < total &&
        Number(host) < perHost &&
        Number(client) < mostOf(total) &&
        Number(both) < mostOf(perHost)
      )
    },
    hasSlowRoom(wanted: WantedSlot): boolean {
      const [all, , client] = keysOf('slow', wanted).map(of)
      const room = part(total, slowPart)
      return Number(all) < room && Number(client) < part(room, clientPart)
    },
    ofClient: (clientId: string): number => of(JSON.stringify(['quick', 'client', clientId])),
  }
}

const isSmall = ({ bytes }: WantedSlot): boolean => bytes !== null && bytes <= smallBytes

const stopped = (signal: AbortSignal | undefined): ArchiveError =>
  new ArchiveError('later', 'the download was stopped before it began', signal?.reason)
