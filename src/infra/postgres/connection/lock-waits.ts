/**
 * Bounds what waits for locked rows, so that one held row holds up nothing else. Invariants: a row has one waiter with a
 * connection, all rows together a third of the pool, those of one client one less; behind a waiter that gets nowhere, and
 * for a moment after it gave up, callers are refused at once with an error that says to come back.
 */

import { BoundedMap } from '../../../concurrency/bounded-map.ts'
import { errorCode } from '../../../domain/error-code.ts'
import type { LockTimeout } from './transaction.ts'

/** The row that is waited for, and whose it is. */
export interface LockedRow {
  row: string
  clientId: string
}

export interface LockWaits {
  /**
   * Runs `attempt`, which waits for the row with the lock timeout given.
   * @throws RowHeldError when the row is known to be held or too many wait already.
   */
  wait<T>(locked: LockedRow, attempt: (lockTimeout: LockTimeout) => Promise<T>): Promise<T>
  /**
   * Runs `attempt`, which needs the row and usually gets it: at most two at once for one row.
   * @throws RowHeldError when the row is known to be held.
   */
  expectFree<T>(row: string, attempt: () => Promise<T>): Promise<T>
  /** Whether a caller waits for the row, or gave up a moment ago: others should not try it before they waited. */
  isContended(row: string): boolean
}

/** With PostgreSQL's code of a lock timeout: 503 for a caller, another run for a task. */
export class RowHeldError extends Error {
  readonly code = '55P03'

  constructor(row: string) {
    super(`another transaction holds ${row}`)
    this.name = 'RowHeldError'
  }
}

export const isLockTimeout = (error: unknown): boolean => errorCode(error) === '55P03'

/** How long others queue, without a connection, behind a waiter that gets nowhere, or for a place. */
const stuckMs = 2_500
/** How long a caller queues at most while those before it get on. */
const queueMs = 10_000
/** How long a row counts as held after a wait for it timed out. */
const rememberMs = 2_000
const rowsRemembered = 10_000
const atOnceForFreeRow = 2
const queuedAtMost = 1_000

export function createLockWaits(poolSize: number): LockWaits {
  const heldUntil = new BoundedMap<string, number>(rowsRemembered)
  const isHeld = (row: string): boolean => (heldUntil.get(row) ?? 0) > performance.now()
  const places = createPlaces(poolSize, isHeld)
  const uses = createUses(isHeld)

  async function noting<T>(row: string, attempt: Promise<T>): Promise<T> {
    try {
      return await attempt
    } catch (error) {
      if (isLockTimeout(error)) heldUntil.set(row, performance.now() + rememberMs)
      throw error
    }
  }

  return {
    isContended: (row) => places.isWaitedFor(row) || isHeld(row),
    async wait(locked, attempt) {
      const lockTimeout = await places.take(locked)
      try {
        return await noting(locked.row, attempt(lockTimeout))
      } finally {
        places.giveBack(locked)
      }
    },
    async expectFree(row, attempt) {
      await uses.begin(row)
      try {
        return await noting(row, attempt())
      } finally {
        uses.end(row)
      }
    },
  }
}

/** The places of those that wait with a connection. */
function createPlaces(poolSize: number, isHeld: (row: string) => boolean) {
  const most = Math.max(1, Math.floor(poolSize / 3))
  const mostOfClient = Math.max(1, most - 1)
  const waiting = new Map<string, { clientId: string; since: number }>()
  const turns = new Set<() => void>()

  /**
   * null: none is free. The place is taken at once, so that no two callers see the same. The last one is for short waits:
   * it comes free soon, however long the others take.
   */
  function tryTake({ row, clientId }: LockedRow): LockTimeout | null {
    if (waiting.size >= most || waiting.has(row)) return null
    const ofClient = [...waiting.values()].filter((waiter) => waiter.clientId === clientId)
    if (ofClient.length >= mostOfClient) return null
    waiting.set(row, { clientId, since: performance.now() })
    return waiting.size < most || most === 1 ? 'usual' : 'brief'
  }

  return {
    isWaitedFor: (row: string): boolean => waiting.has(row),

    /** In the order of arrival. */
    async take(locked: LockedRow): Promise<LockTimeout> {
      const { row } = locked
      const arrivedAt = performance.now()
      for (;;) {
        if (isHeld(row)) throw new RowHeldError(row)
        const lockTimeout = tryTake(locked)
        if (lockTimeout !== null) return lockTimeout
        const until = Math.min((waiting.get(row)?.since ?? arrivedAt) + stuckMs, arrivedAt + queueMs)
        const leftMs = until - performance.now()
        if (leftMs <= 0) throw new RowHeldError(row)
        await nextTurn(turns, leftMs)
      }
    },

    giveBack({ row }: LockedRow): void {
      waiting.delete(row)
      for (const next of turns) next()
    },
  }
}

/** Resolves when a place was given back, after `withinMs` at the latest. */
function nextTurn(turns: Set<() => void>, withinMs: number): Promise<void> {
  return new Promise<void>((resolve) => {
    const timer = setTimeout(next, withinMs)
    function next() {
      clearTimeout(timer)
      turns.delete(next)
      resolve()
    }
    turns.add(next)
  })
}

/** Those at work on rows that are expected to be free, and the queue of each row. */
function createUses(isHeld: (row: string) => boolean) {
  const uses = new Map<string, { running: number; queue: PromiseWithResolvers<void>[] }>()
  return {
    async begin(row: string): Promise<void> {
      const use = uses.get(row) ?? { running: 0, queue: [] }
      if (isHeld(row) || use.queue.length >= queuedAtMost) throw new RowHeldError(row)
      uses.set(row, use)
      if (use.running < atOnceForFreeRow) use.running++
      else {
        const place = Promise.withResolvers<void>()
        use.queue.push(place)
        // Handed over by `end`, so that no later caller overtakes.
        await place.promise
      }
    },

    end(row: string): void {
      const use = uses.get(row)
      if (use === undefined) return
      if (isHeld(row)) for (const { reject } of use.queue.splice(0)) reject(new RowHeldError(row))
      const next = use.queue.shift()
      if (next !== undefined) next.resolve()
      else if (--use.running === 0) uses.delete(row)
    },
  }
}
