/** A database of its own for every test file: cloned from a migrated template in one shared embedded cluster. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { clusterName, scratchFolder } from './scratch.ts'

const root = new URL('../../', import.meta.url)
const dir = join(await scratchFolder(), clusterName)

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

/** A server to test on instead of the embedded one, as a superuser: e.g. an older version of PostgreSQL. */
const given = process.env.TEST_DATABASE_URL || null

/** The shared cluster; it keeps running until `stop`, since many files use it at once. */
export async function startCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  if (given !== null) return { url: given, stop: async () => undefined }
  // Most processes find the cluster running, and need not load what starts one.
  const { startEmbeddedPostgres } = await import('../../src/process/embedded-postgres.ts')
  return startEmbeddedPostgres({ dir, log: await quiet(), database: 'fal_jobs', settings: fast })
}

/** A fresh, migrated database. Drop it in the file's teardown. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = await templateName()
  noted ??= readNote(template)
  const url = await noted
  const made = url === null ? null : await createDatabase(url, template).catch(() => null)
  if (made !== null) return made
  const built = buildTemplate(template)
  noted = built
  return createDatabase(await built, template)
}

/** Where the cluster with the template was last seen. */
let noted: Promise<string | null> | undefined

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

/** One for each set of migrations. */
async function templateName(): Promise<string> {
  const hash = createHash('sha256')
  const folder = new URL('migrations/', root)
  for (const file of (await readdir(folder)).sort()) hash.update(await readFile(new URL(file, folder)))
  hash.update(await readFile(new URL('src/worker/queues.ts', root)))
  hash.update(await readFile(new URL('package-lock.json', root)))
  return `template_${hash.digest('hex').slice(0, 16)}`
}

const noteOf = (template: string): string => {
  const server = given === null ? '' : `_${createHash('sha256').update(given).digest('hex').slice(0, 8)}`
  return `${dir}/${template}${server}.url`
}

const readNote = (template: string): Promise<string | null> =>
  readFile(noteOf(template), 'utf8').catch(() => null)

/** Done by whichever process comes first, and again when the cluster has moved. Resolves to the cluster's address. */
async function buildTemplate(name: string): Promise<string> {
  const { url } = await startCluster()
  const { migrate } = await import('../../src/migrate.ts')
  const log = await quiet()
  await admin(url, async (client) => {
    await client.query('select pg_advisory_lock(815)')
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 1) return
    const building = `${name}_building`
    await client.query(`drop database if exists ${building} with (force)`)
    await client.query(`create database ${building}`)
    await migrate(withDatabase(url, building), log)
    await client.query(`alter database ${building} rename to ${name}`)
  })
  await mkdir(dir, { recursive: true })
  await writeFile(noteOf(name), url)
  return url
}

async function quiet() {
  const { createLogger } = await import('../../src/telemetry/logger.ts')
  return createLogger({ level: 'silent', secrets: [] })
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
