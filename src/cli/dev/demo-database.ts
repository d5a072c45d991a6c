/** A new, empty database for one run of the demo: what earlier runs left, even killed ones, never shows in this one. */
import pg from 'pg'
import type { Logger } from 'pino'
import { startEmbeddedPostgres } from '../../process/embedded-postgres.ts'

/** Starts or adopts the demo's cluster under `dir` and resolves with the URL of a fresh database in it. */
export async function startDemoDatabase(
  dir: string,
  log: Logger,
  running: AsyncDisposableStack,
): Promise<string> {
  const cluster = await startEmbeddedPostgres({ dir, log, database: 'postgres' })
  running.defer(() => cluster.stop())
  const name = `demo_${process.pid}_${Date.now().toString(36)}`
  await inCluster(cluster.url, async (client) => {
    for (const left of await unused(client)) await client.query(`drop database if exists ${left}`)
    await client.query(`create database ${name}`)
  })
  const url = new URL(cluster.url)
  url.pathname = `/${name}`
  return url.href
}

/** Databases of runs whose process is gone. */
async function unused(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; pid: number }>(
    `select datname as name, split_part(datname, '_', 2)::int as pid
      from pg_database where datname ~ '^demo_[0-9]+_[0-9a-z]+$'`,
  )
  return rows.filter(({ pid }) => !isAlive(pid)).map(({ name }) => name)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function inCluster(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await use(client)
  } finally {
    await client.end()
  }
}
