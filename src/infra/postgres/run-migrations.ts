/** Applies migrations/*.sql in order, under a lock, each once; forward only. Any number of replicas may start at once. */

import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { errorCode } from '../../domain/error-code.ts'
import type { Transaction } from '../../ports/tasks.ts'
import { plain } from './connection/transaction.ts'
import type { Database } from './rows/schema.ts'

const folder = new URL('../../../migrations/', import.meta.url)

/**
 * A migration queued for a table lock blocks all later queries, and after a second PostgreSQL's deadlock check may
 * cancel a writer: hence a short lock timeout and retries.
 */
const tableLockMs = 250
/** Autovacuum yields only to a session that has waited for longer than a second. */
const patientLockMs = 1_500
const patientEvery = 5
/** Pause between attempts. */
const pauseMs = 250
const giveUpMs = 10_000

/**
 * Brings the schema up to date and returns the names applied now. Throws with the failed migration's name and the
 * cause.
 */
export async function migrateSchema(db: Kysely<Database>): Promise<string[]> {
  let lockMs = tableLockMs
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => ({ ...(await alreadyApplied(db)), ...(await ours(() => lockMs)) }),
    },
    migrationTableName: 'schema_migration',
    migrationLockTableName: 'schema_migration_lock',
  })
  await refuseForeignTables(db)
  const applied: string[] = []
  for (;;) {
    // One transaction per migration, so that its locks are released before the next.
    lockMs = tableLockMs
    let { error, results = [] } = await migrator.migrateUp()
    const heldUpAt = Date.now()
    for (let tries = 2; isHeldUp(error) && Date.now() - heldUpAt < giveUpMs; tries++) {
      await sleep(pauseMs)
      lockMs = tries % patientEvery === 0 ? patientLockMs : tableLockMs
      ;({ error, results = [] } = await migrator.migrateUp())
    }
    if (error !== undefined) {
      const failed = results.find((result) => result.status === 'Error')?.migrationName
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`migration ${failed ?? '(before the first)'} failed: ${why}`, { cause: error })
    }
    if (results.length === 0) return applied
    applied.push(...results.map((result) => result.migrationName))
  }
}

/**
 * Refuses a schema that another application uses, before the first statement that could meet its tables.
 * @throws ForeignTablesError
 */
async function refuseForeignTables(db: Kysely<Database>): Promise<void> {
  if ((await appliedMigrations(plain(db))) !== null) return
  const { rows } = await sql<{ schema: string | null; tables: string[] }>`
    select current_schema() as schema, array(
select tablename::text from pg_tables where schemaname = current_schema()
        and tablename = any(${await ownTables()}::text[]) order by tablename
    ) as tables`.execute(db)
  const { schema = null, tables = [] } = rows[0] ?? {}
  if (schema === null)
    throw new ForeignTablesError(
      'the search_path names no schema that exists: create it, or correct the search_path',
    )
  if (tables.length > 0)
    throw new ForeignTablesError(
      `the schema ${schema} has tables of another application (${tables.join(', ')}): use a database of its own, or a schema of its own (docs/databases.md)`,
    )
}

/** The schema cannot take our tables; the message says everything to the operator. */
export class ForeignTablesError extends Error {}

async function ownTables(): Promise<string[]> {
  const texts = await Promise.all(
    (await knownMigrations()).map((name) => readFile(new URL(`${name}.sql`, folder), 'utf8')),
  )
  return texts.flatMap((text) => [...text.matchAll(/^create table (\w+)/gm)].map(([, name = '']) => name))
}

/** Blocked by a lock or a deadlock. */
const isHeldUp = (error: unknown): boolean => ['55P03', '40P01'].includes(errorCode(error) ?? '')

/** Names of all migrations this version knows, oldest first. */
export async function knownMigrations(): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.slice(0, -4))
    .sort()
}

/** Migrations of this version that the database lacks. */
export async function missingMigrations(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from schema_migration`.execute(db)
  const applied = new Set(rows.map(({ name }) => name))
  return (await knownMigrations()).filter((name) => !applied.has(name))
}

/** Names of all that were applied, of newer versions too; null in a database that was never migrated. */
export async function appliedMigrations(database: Transaction): Promise<string[] | null> {
  const exists = await database.executeSql(`select to_regclass('schema_migration') is not null as found`)
  if (exists.rows[0]?.found !== true) return null
  const { rows } = await database.executeSql('select name from schema_migration')
  return rows.map(({ name }: { name: string }) => name)
}

/** During a rolling deploy the next version may have applied more migrations, which is no error. */
async function alreadyApplied(db: Kysely<Database>): Promise<Record<string, Migration>> {
  const names = (await appliedMigrations(plain(db))) ?? []
  return Object.fromEntries(names.map((name) => [name, { up: async () => undefined }]))
}

async function ours(lockMs: () => number): Promise<Record<string, Migration>> {
  const names = await knownMigrations()
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        async up(db: Kysely<unknown>) {
          await sql.raw(`set local lock_timeout = ${lockMs()}`).execute(db)
          await sql.raw(await readFile(new URL(`${name}.sql`, folder), 'utf8')).execute(db)
        },
      },
    ]),
  )
}
