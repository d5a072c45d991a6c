/**
 * The common clock of all replicas: the database's. Replicas read each other's due times, expiries and leases, so
 * each derives the database's time from its machine's steady counter, however wrong the machine's clock is or
 * becomes.
 */
import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../../ports/clock.ts'
import type { Logger } from '../../../ports/logger.ts'
import type { Database } from '../rows/schema.ts'

export interface DatabaseClock extends Clock {
  /** Reads the database's time. Until the first answer the machine's clock is used. */
  ask(): Promise<void>
}

/**
 * Ignored difference between synchronized machines, so that a time read here is never before one read on this
 * machine.
 */
const sameMs = 100
/** A larger difference between the machine's clock and its steady counter means that the clock was set. */
const turnedMs = 1_000
const worthSayingMs = 5_000

export function createDatabaseClock(db: Kysely<Database>, log: Pick<Logger, 'warn'>): DatabaseClock {
  /** Both clocks of this machine at the last reading of the database's time. */
  let asked = { wall: Date.now(), steady: performance.now() }
  let aheadMs = 0

  function now(): number {
    const wall = Date.now()
    const expected = asked.wall + performance.now() - asked.steady
    return Math.floor((Math.abs(wall - expected) > turnedMs ? expected : wall) + aheadMs)
  }

  async function ask(): Promise<void> {
    const before = performance.now()
    const { rows } = await sql<{ time: number }>`
      select extract(epoch from clock_timestamp())::float8 * 1000 as time`.execute(db)
    const steady = performance.now()
    const wall = Date.now()
    const [row] = rows
    if (row === undefined) throw new Error('the database returned no time')
    // The database read its clock between our request and its answer.
    const measured = row.time + (steady - before) / 2 - wall
    const uncertain = (steady - before) / 2 + sameMs
    const kept = Math.abs(measured - aheadMs) <= uncertain ? aheadMs : Math.round(measured)
    const differs = Math.abs(kept) <= uncertain ? 0 : kept
    if (Math.abs(differs - aheadMs) > worthSayingMs) {
      const seconds = Math.round(differs / 1000)
      log.warn(
        { databaseAheadSeconds: seconds },
        "this machine's clock differs from the database's, which is used",
      )
    }
    asked = { wall, steady }
    aheadMs = differs
  }

  return { now, ask }
}
