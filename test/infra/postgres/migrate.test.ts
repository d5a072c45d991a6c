/** Migrating beside a running service: nobody waits for long behind a migration that itself has to wait. */
import pg from 'pg'
import t from 'tap'
import { openDatabase } from '../../../src/infra/postgres/database.ts'
import { knownMigrations, migrateSchema } from '../../../src/infra/postgres/migrate.ts'
import { createEmptyDatabase } from '../../support/database.ts'

t.test(
  'a migration that waits for somebody gives up soon without a trace, and succeeds when it is repeated',
  async (t) => {
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
    await t.rejects(migrateSchema(db), {
      message: /^migration 0001_jobs failed: .*lock timeout/,
      cause: { code: '55P03' },
    })
    await holder.query('rollback')
    t.strictSame(await migrateSchema(db), await knownMigrations())
  },
)
