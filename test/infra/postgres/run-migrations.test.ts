/** Migrating beside a running service: nobody waits for long behind a migration that itself has to wait. */
import pg from 'pg'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/infra/postgres/connection/database.ts'
import { knownMigrations, migrateSchema } from '../../../src/infra/postgres/run-migrations.ts'
import { createEmptyDatabase } from '../../support/database.ts'

/** A database without tables, where `holder` has begun to make the first one. */
async function heldUp(t: Test) {
  const database = await createEmptyDatabase()
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  const { db, close } = openDatabase({ url: database.url, size: 2, log: { warn() {} }, unhurried: true })
  t.teardown(async () => {
    await Promise.all([holder.end(), close()])
    await database.drop()
  })
  await holder.query('begin')
  await holder.query('create table client ()')
  return { db, holder }
}

t.test(
  'a migration that waits for somebody gives up soon without a trace, and succeeds when it is repeated',
  async (t) => {
    const { db, holder } = await heldUp(t)
    await t.rejects(migrateSchema(db), {
      message: /^migration 0001_jobs failed: .*lock timeout/,
      cause: { code: '55P03' },
    })
    await holder.query('rollback')
    t.strictSame(await migrateSchema(db), await knownMigrations())
  },
)

t.test(
  'a migration is patient now and then: an automatic vacuum gives way only to who waits for a second',
  async (t) => {
    const { db, holder } = await heldUp(t)
    const migrated = migrateSchema(db)
    const waitingForLock = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    and clock_timestamp() - query_start > interval '1 second'`
    // What a transaction sees of the others stays as it was first seen.
    for (let waits = 0; waits === 0; waits = (await holder.query(waitingForLock)).rowCount ?? 0)
      await holder.query('select pg_sleep(0.05), pg_stat_clear_snapshot()')
    await holder.query('rollback')
    t.strictSame(await migrated, await knownMigrations())
  },
)
