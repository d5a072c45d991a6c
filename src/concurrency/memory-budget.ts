/**
 * One budget of bytes for all that is large and passing. Invariant: what is reserved at any moment is at most the budget;
 * a reservation that cannot be had in time is refused.
 */
import { AppError } from '../domain/errors.ts'
import type { Hold, MemoryBudget, Release, Reservation } from '../ports/memory-budget.ts'

interface Waiting {
  bytes: number
  since: number
  grant: () => void
}

/** Smaller reservations may overtake one that has waited for less than this; after that it is next. */
const overtakenMs = 2_000
const retryAfterSeconds = 5

export function createMemoryBudget(totalBytes: number): MemoryBudget {
  let held = 0
  const queue: Waiting[] = []

  const grantNext = (): void => {
    const now = performance.now()
    for (let at = 0; at < queue.length; ) {
      const next = queue[at]
      if (next === undefined) return
      if (held + next.bytes <= totalBytes) {
        queue.splice(at, 1)
        next.grant()
      } else if (now - next.since > overtakenMs) return
      else at += 1
    }
  }

  const occupy = (bytes: number): Release => {
    held += bytes
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      held -= bytes
      grantNext()
    }
  }

  return {
    totalBytes,
    async reserve(asked, reservation) {
      const bytes = Math.min(asked, totalBytes)
      const isFirst = queue.every(({ since }) => performance.now() - since <= overtakenMs)
      if (isFirst && held + bytes <= totalBytes) return occupy(bytes)
      return new Promise<Release>((resolve, reject) => {
        const waiting: Waiting = {
          bytes,
          since: performance.now(),
          grant() {
            stop()
            resolve(occupy(bytes))
          },
        }
        const stop = giveUpAfter(reservation, (reason) => {
          queue.splice(queue.indexOf(waiting), 1)
          reject(reason)
          // Others may have waited behind it.
          grantNext()
        })
        queue.push(waiting)
      })
    },
  }
}

/** Calls `giveUp` once the time is over or the signal aborts; the returned function prevents both. */
function giveUpAfter({ withinMs, signal }: Reservation, giveUp: (reason: unknown) => void): () => void {
  const onAbort = (): void => {
    stop()
    giveUp(signal?.reason)
  }
  const timer = setTimeout(() => {
    stop()
    const text = 'The service has no memory left for this at the moment. Retry after the time in Retry-After.'
    giveUp(new AppError('UNAVAILABLE', text, { retryAfterSeconds }))
  }, withinMs)
  signal?.addEventListener('abort', onAbort, { once: true })
  function stop(): void {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  return stop
}

export interface Holder {
  hold: Hold
  /** Ends all that it holds, now and later. */
  release: Release
}

/** Gathers the reservations of one piece of work. */
export function createHolder(budget: MemoryBudget, reservation: Reservation): Holder {
  const releases: Release[] = []
  let isOver = false
  return {
    async hold(bytes) {
      const release = await budget.reserve(bytes, reservation)
      if (isOver) release()
      else releases.push(release)
    },
    release() {
      isOver = true
      for (const release of releases.splice(0)) release()
    },
  }
}
