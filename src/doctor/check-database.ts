/** The doctor's database check: reachable, supported version, writable, clock in sync, migrated. Read-only. */
import pg from 'pg'
import { appliedMigrations, knownMigrations } from '../infra/postgres/run-migrations.ts'
import { hasEngineTables } from '../worker/engine-tables.ts'
import { type CheckResult, ok } from './check-result.ts'

const oldestVersion = 150_000
const connectTimeoutMs = 5_000

export async function checkDatabase(url: string | null): Promise<CheckResult> {
  if (url === null) return embedded
  let found: { version: number; name: string; standby: boolean; readonly: string; ahead: number }
  try {
    found = await connected(url, (client) =>
      ask(
        client,
        `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
          pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as readonly,
          extract(epoch from clock_timestamp())::float8 as ahead`,
      ),
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
      remedy: 'Point DATABASE_URL at the primary.',
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

export async function checkMigrations(url: string | null): Promise<CheckResult> {
  if (url === null) return embedded
  const known = await knownMigrations()
  const { names, hasEngine } = await connected(url, async (client) => {
    const database = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) }
    return { names: await appliedMigrations(database), hasEngine: await hasEngineTables(database) }
  })
  const remedy = 'Run `fal-jobs migrate` (the service also does it when it starts).'
  if (names === null || !hasEngine)
    return { status: 'failed', detail: 'the database has no tables yet', remedy }
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

const embedded: CheckResult = {
  status: 'skipped',
  detail: 'DATABASE_URL is not set: the service starts a PostgreSQL of its own (development only)',
  remedy: 'Set DATABASE_URL for anything that must last.',
}

async function ask<Row extends pg.QueryResultRow>(client: pg.Client, query: string): Promise<Row> {
  const [row] = (await client.query<Row>(query)).rows
  if (row === undefined) throw new Error('the server answered nothing')
  return row
}

async function connected<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
  // The failing query reports a lost connection; without a listener the event would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
