/** The doctor's look at PostgreSQL: reachable, new enough, writable, one clock, migrated. Changes nothing. */
import pg from 'pg'
import { knownMigrations } from '../infra/postgres/run-migrations.ts'
import { type Finding, ok } from './finding.ts'

const oldestVersion = 150_000
const connectTimeoutMs = 5_000

export async function checkDatabase(url: string | null): Promise<Finding> {
  if (url === null) return embedded
  let found: { version: number; name: string; standby: boolean; readonly: string; ahead: number }
  try {
    found = await ask(
      url,
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
        pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as readonly,
        extract(epoch from clock_timestamp())::float8 as ahead`,
    )
  } catch (error) {
    return {
      status: 'failed',
      detail: `cannot connect: ${error instanceof Error ? error.message : String(error)}`,
      remedy:
        'Check host, port, user, password and sslmode in DATABASE_URL, and that the server admits this machine.',
    }
  }
  const named = `PostgreSQL ${found.name}`
  if (found.version < oldestVersion)
    return { status: 'failed', detail: `${named} is too old`, remedy: 'Use PostgreSQL 15 to 18.' }
  if (found.standby || found.readonly === 'on') {
    return {
      status: 'failed',
      detail: `${named} is read-only`,
      remedy: 'Point DATABASE_URL at the primary (target_session_attrs=read-write).',
    }
  }
  const offMs = Math.abs(found.ahead * 1000 - Date.now())
  if (offMs > 5_000) {
    return {
      status: 'warning',
      detail: `${named}; its clock and ours differ by ${Math.round(offMs / 1000)} s`,
      remedy:
        "Set both clocks by NTP. The service goes by the database's; FAL refuses or is refused when that one is wrong.",
    }
  }
  return ok(named)
}

export async function checkMigrations(url: string | null): Promise<Finding> {
  if (url === null) return embedded
  const known = await knownMigrations()
  const tables = await ask<{ ours: boolean; engine: boolean }>(
    url,
    `select to_regclass('schema_migration') is not null as ours, to_regclass('pgboss.job') is not null as engine`,
  )
  const remedy = 'Run `fal-jobs migrate` (the service also does it when it starts).'
  if (!tables.ours || !tables.engine)
    return { status: 'failed', detail: 'the database has no tables yet', remedy }
  const { names } = await ask<{ names: string[] }>(
    url,
    'select array_agg(name) as names from schema_migration',
  )
  const missing = known.filter((name) => !names.includes(name))
  if (missing.length > 0) return { status: 'failed', detail: `not applied: ${missing.join(', ')}`, remedy }
  const newer = names.filter((name) => !known.includes(name))
  if (newer.length > 0) {
    return {
      status: 'warning',
      detail: `a newer version was here: ${newer.join(', ')}`,
      remedy: 'Fine during a rolling update; else run the newer version.',
    }
  }
  return ok(`all ${known.length} applied`)
}

const embedded: Finding = {
  status: 'skipped',
  detail: 'DATABASE_URL is not set: the service starts a PostgreSQL of its own (development only)',
  remedy: 'Set DATABASE_URL for anything that must last.',
}

async function ask<Row extends pg.QueryResultRow>(url: string, query: string): Promise<Row> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
  // A lost connection is told by the query that failed; without a listener it would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const [row] = (await client.query<Row>(query)).rows
    if (row === undefined) throw new Error('the server answered nothing')
    return row
  } finally {
    await client.end()
  }
}
