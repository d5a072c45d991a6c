/** A PostgreSQL of the fault suite's own, set up durable as in production, that can be killed and comes back at the same address. */
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { migrate } from '../../../src/migrate.ts'
import { startEmbeddedPostgres } from '../../../src/process/embedded-postgres.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { scratchFolder } from '../../support/scratch.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const quiet = createLogger({ level: 'silent', secrets: [] })
const settings = { fsync: 'on', synchronous_commit: 'on', max_connections: '120', shared_buffers: '64MB' }

export interface Cluster {
  /** A migrated database of its own; the address stays good through every restart. */
  createDatabase(): Promise<string>
  dropDatabase(url: string): Promise<void>
  /** SIGKILL to the server, as a power cut. Resolves when it is gone. */
  kill(): Promise<void>
  /** What an update of the server does: it ends in order, without waiting for whoever is connected. */
  shutDown(): Promise<void>
  /** Brings it back. */
  start(): Promise<void>
  /** Cuts every open connection. */
  cut(): void
  stop(): Promise<void>
}

/** `name` tells clusters of runs at the same time apart. */
export async function startFaultCluster(name: string): Promise<Cluster> {
  const dir = join(await scratchFolder(), `fault-postgres-${name}`)
  const options = { dir, log: quiet, database: 'fal_jobs', settings }
  let running = await startEmbeddedPostgres(options)
  const portOf = (url: string) => Number(new URL(url).port)
  let port = portOf(running.url)
  const proxy = await startTcpProxy(() => [port])
  const addressOf = (database: string) => {
    const url = new URL(running.url)
    url.port = String(proxy.port)
    url.pathname = `/${database}`
    return url.href
  }

  async function query(database: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: addressOf(database) })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  const [place] = await query('postgres', 'show data_directory')
  const pidFile = join(String(place?.data_directory), 'postmaster.pid')

  async function end(signal: NodeJS.Signals): Promise<void> {
    const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
    process.kill(pid, signal)
    while (isAlive(pid)) await sleep(10)
  }

  const template = `template_${randomBytes(4).toString('hex')}`
  await query('postgres', `create database ${template}`)
  await migrate(addressOf(template), quiet)

  return {
    async createDatabase() {
      const database = `f_${randomBytes(5).toString('hex')}`
      await query('postgres', `create database ${database} template ${template}`)
      return addressOf(database)
    },
    async dropDatabase(url) {
      await query('postgres', `drop database if exists ${new URL(url).pathname.slice(1)} with (force)`)
    },
    kill: () => end('SIGKILL'),
    shutDown: () => end('SIGINT'),
    async start() {
      // The children of the killed server take a moment to notice; until then a new one is refused.
      for (let tries = 1; ; tries++) {
        try {
          running = await startEmbeddedPostgres(options)
          port = portOf(running.url)
          return
        } catch (error) {
          if (tries === 20) throw error
          await sleep(250)
        }
      }
    },
    cut: () => proxy.cut(),
    async stop() {
      await query('postgres', `drop database if exists ${template} with (force)`).catch(() => undefined)
      await proxy.close()
      await running.stop()
      for (const place of [dir, dirname(dirname(pidFile))]) await rm(place, { recursive: true, force: true })
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // No such process: that is what is waited for.
    return false
  }
}
