/**
 * The one clock of all replicas: the database's. What one replica writes (a due time, an expiry, a lease) another reads,
 * so each follows the database's time from its own machine's, however wrong that one is set or turned meanwhile.
 */
import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../../ports/clock.ts'
import type { Logger } from '../../../ports/logger.ts'
import type { Database } from '../rows/schema.ts'

export interface DatabaseClock extends Clock {
  /** Asks the database for its time. Until the first answer this machine's counts; a change shows with the next. */
  ask(): Promise<void>
}

/** What synchronized machines differ by is left as it is: a time read here is then never before one read on this machine. */
const sameMs = 100
/** This machine's clock cannot go faster or slower than its steady counter by this much, unless somebody turned it. */
const turnedMs = 1_000
const worthSayingMs = 5_000

export function createDatabaseClock(db: Kysely<Database>, log: Pick<Logger, 'warn'>): DatabaseClock {
  /** Both clocks of this machine when the database was last asked. */
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
    if (row === undefined) throw new Error('the database did not tell its time')
    // Read somewhere between question and answer.
    const measured = row.time + (steady - before) / 2 - wall
    const uncertain = (steady - before) / 2 + sameMs
    const kept = Math.abs(measured - aheadMs) <= uncertain ? aheadMs : Math.round(measured)
    const differs = Math.abs(kept) <= uncertain ? 0 : kept
    if (Math.abs(differs - aheadMs) > worthSayingMs) {
      const seconds = Math.round(differs / 1000)
      log.warn({ databaseAheadSeconds: seconds }, "this machine's clock is not the database's, which counts")
    }
    asked = { wall, steady }
    aheadMs = differs
  }

  return { now, ask }
}
