/** An update never stops the version that is running: from every earlier schema, with rows in place and writes going on. */
import { readFile } from 'node:fs/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { openDatabase } from '../../src/infra/postgres/connection/database.ts'
import { jobColumns } from '../../src/infra/postgres/rows/job-columns.ts'
import { jobOfRow } from '../../src/infra/postgres/rows/job-row.ts'
import { knownMigrations, migrateSchema } from '../../src/infra/postgres/run-migrations.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createEmptyDatabase } from '../support/database.ts'

const log = createLogger({ level: 'silent', secrets: [] })
const names = await knownMigrations()

/** As the deploy of that version left it. */
async function migrateTo(db: Kysely<unknown>, name: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          names.map((file) => [
            file,
            {
              async up(trx: Kysely<unknown>) {
                const text = await readFile(new URL(`../../migrations/${file}.sql`, import.meta.url), 'utf8')
                await sql.raw(text).execute(trx)
              },
            },
          ]),
        ),
    },
    migrationTableName: 'schema_migration',
    migrationLockTableName: 'schema_migration_lock',
  })
  const { error } = await migrator.migrateTo(name)
  if (error !== undefined) throw error
}

/** A statement that PostgreSQL lets give way in a deadlock runs again, as every version of the service does it. */
async function retryUntilSaved(client: pg.Client, text: string, values: unknown[]): Promise<void> {
  for (;;) {
    try {
      await client.query(text, values)
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === '40P01')) throw error
    }
  }
}

/** What the first version writes for a job: creation, a step and the end. It knows no later column. */
async function writeAsBefore(client: pg.Client, clientId: string): Promise<void> {
  const id = newUuid()
  await retryUntilSaved(
    client,
    `insert into job (id, client_id, model, endpoint_id, kind, promises_media, params, input, status, submission,
       webhook_token, created_at, updated_at)
     values ($1, $2, 'flux-schnell', 'fal-ai/flux/schnell', 'image', true, '{"prompt":"p"}', '{"prompt":"p"}',
       'pending', 'unsent', 't', now(), now())`,
    [id, clientId],
  )
  await retryUntilSaved(
    client,
    `insert into job_event (job_id, seq, id, type, source, data, created_at)
     values ($1, 1, $2, 'job.created', 'api', '{}', now())`,
    [id, newUuid()],
  )
  await retryUntilSaved(
    client,
    `insert into idempotency (client_id, key, request_hash, status, body, job_id) values ($1, $2, '', 202, '{}', $3)`,
    [clientId, id, id],
  )
  await retryUntilSaved(
    client,
    `update job set status = 'running', submission = 'accepted', request_id = $2, event_seq = 1, version = 1 where id = $1`,
    [id, id],
  )
  await retryUntilSaved(
    client,
    `update job set status = 'completed', result = '{"seed":17454220438242315174}', completed_at = now(), version = 2
     where id = $1`,
    [id],
  )
}

for (const [index, from] of names.slice(0, -1).entries()) {
  t.test(`from ${from} to ${names.at(-1)} while the old version writes`, async (t) => {
    const database = await createEmptyDatabase()
    const pool = new pg.Pool({ connectionString: database.url, max: 2 })
    const old = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    const writer = new pg.Client({ connectionString: database.url })
    // A pool has ended before its connections have: the database is dropped under them.
    pool.on('error', () => undefined)
    writer.on('error', () => undefined)
    const next = openDatabase({ url: database.url, size: 2, log })
    await writer.connect()
    t.teardown(async () => {
      await Promise.all([old.destroy(), writer.end(), next.close()])
      await database.drop()
    })
    await migrateTo(old, from)
    const clientId = newUuid()
    await writer.query(`insert into client (id, name) values ($1, 'default')`, [clientId])
    for (let n = 0; n < 20; n++) await writeAsBefore(writer, clientId)

    const migrating = { over: false }
    let written = 20
    const writing = (async () => {
      // A few more afterwards: the old replicas go on until they are replaced.
      for (let after = 0; after < 5; written++) {
        await writeAsBefore(writer, clientId)
        if (migrating.over) after++
      }
    })()
    const applied = await migrateSchema(next.db)
    migrating.over = true
    await writing
    t.strictSame(applied, names.slice(index + 1))

    const rows = await next.db.selectFrom('job').select(jobColumns).execute()
    t.equal(rows.length, written, 'every row is there')
    const jobs = rows.map((row) => jobOfRow(row))
    t.ok(jobs.every((job) => job.status === 'completed' && job.result?.includes('17454220438242315174')))
    t.strictSame(await migrateSchema(next.db), [], 'a second run changes nothing')
  })
}
