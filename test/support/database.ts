/** A database of its own for every test file: cloned from a migrated template in one shared embedded cluster. */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/infra/postgres/embedded.ts'
import { createLogger } from '../../src/logger.ts'
import { migrate } from '../../src/migrate.ts'

const root = new URL('../../', import.meta.url)
const quiet = createLogger({ level: 'silent', secrets: [] })

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** Durability is what the fault tests are for; everywhere else it only costs time. So does tidying up what is gone in a minute. */
const fast = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
  max_connections: '400',
}

/** The shared cluster; it keeps running until `stopCluster`, since many files use it at once. */
export function startCluster() {
  const dir = fileURLToPath(new URL('.data/test-postgres', root))
  return startEmbeddedPostgres({ dir, log: quiet, database: 'fal_jobs', settings: fast })
}

/** A fresh, migrated database. Drop it in the file's teardown. */
export async function createTestDatabase(): Promise<TestDatabase> {
  ready ??= startCluster().then(async ({ url }) => ({ url, template: await ensureTemplate(url) }))
  const { url, template } = await ready
  return createDatabase(url, template)
}

/** Found once in each process: the cluster outlives it. */
let ready: Promise<{ url: string; template: string }> | undefined

/** One without a single table: what a first deploy finds. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase((await startCluster()).url, 'template1')
}

async function createDatabase(url: string, template: string): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`
  await admin(url, async (client) => {
    // Cloning needs the template to itself: clones of the same moment take turns.
    await client.query('select pg_advisory_lock(815)')
    // As files: half the work of going through the log, and a quarter at the drop.
    await client.query(`create database ${name} template ${template} strategy file_copy`)
  })
  return {
    url: withDatabase(url, name),
    drop: () =>
      admin(url, (client) =>
        client.query(`drop database if exists ${name} with (force)`).then(() => undefined),
      ),
  }
}

/** Built once for each set of migrations, by whichever test file comes first. */
async function ensureTemplate(url: string): Promise<string> {
  const hash = createHash('sha256')
  const folder = new URL('migrations/', root)
  for (const file of (await readdir(folder)).sort()) hash.update(await readFile(new URL(file, folder)))
  hash.update(await readFile(new URL('src/worker/queues.ts', root)))
  hash.update(await readFile(new URL('package-lock.json', root)))
  const name = `template_${hash.digest('hex').slice(0, 16)}`
  await admin(url, async (client) => {
    await client.query('select pg_advisory_lock(815)')
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 1) return
    const building = `${name}_building`
    await client.query(`drop database if exists ${building} with (force)`)
    await client.query(`create database ${building}`)
    await migrate(withDatabase(url, building), quiet)
    await client.query(`alter database ${building} rename to ${name}`)
  })
  return name
}

async function admin(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(url, 'postgres') })
  await client.connect()
  try {
    await use(client)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
