/** What every benchmark stands on: an embedded PostgreSQL with fsync on, a simulated FAL, the service and its floor. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../../src/migrate.ts'
import { startEmbeddedPostgres } from '../../src/process/embedded-postgres.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { freePort } from '../../test/support/free-port.ts'
import { type Child, type ChildOptions, startChild } from './child.ts'
import { type SimulatedFal, startSimulatedFal } from './simulated-fal.ts'
import { startEnvironment } from './start-options.ts'
import { whenInterrupted } from './when-interrupted.ts'

export const apiKey = 'bench-admin-key-0123456789'

/** One database of the cluster and the processes that use it. */
export interface Setting {
  databaseUrl: string
  simulator: SimulatedFal
  pool: pg.Pool
  environment(overrides?: Record<string, string>): Promise<Record<string, string>>
  service(overrides?: Record<string, string>, options?: ChildOptions): Promise<Child>
  floor(overrides?: Record<string, string>): Promise<Child>
  /** Stops its processes and drops its database. */
  close(): Promise<void>
}

export interface Machine {
  /** A migrated database with the client `default` in it and nothing else. */
  setting(name: string): Promise<Setting>
  close(): Promise<void>
}

const log = createLogger({ level: 'silent', secrets: [] })

/** `settings`: of the PostgreSQL server, beside those every run has. */
export async function openMachine(settings: Record<string, string> = {}): Promise<Machine> {
  await using opening = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-bench-'))
  opening.defer(() => rm(dir, { recursive: true, force: true }))
  // PostgreSQL does not run as root: its user must get there.
  await chmod(dir, 0o755)
  const postgres = await startEmbeddedPostgres({
    dir: join(dir, 'postgres'),
    log,
    settings: {
      shared_buffers: '512MB',
      // Loaded, but counting only in databases that ask for it.
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track': 'none',
      ...settings,
    },
  })
  opening.defer(() => postgres.stop())
  const simulator = await startSimulatedFal(dir)
  opening.defer(() => simulator.stop())
  const admin = new pg.Pool({ connectionString: urlOf(postgres.url, 'postgres'), max: 1 })
  opening.defer(() => admin.end())
  const opened = (name: string) => openSetting({ dir, databaseUrl: urlOf(postgres.url, name), simulator })
  await migrate(postgres.url, log)
  // The first start makes the client and the secrets that all of them share.
  const template = opened('fal_jobs')
  await template.service({ ROLE: 'api' }).finally(() => template.close())
  const settingsOpen: Setting[] = []
  opening.defer(async () => {
    for (const setting of settingsOpen) await setting.close()
  })
  const all = opening.move()
  const isClosed = whenInterrupted(() => all.disposeAsync())
  return {
    async setting(name) {
      // What earlier sections left to be written is not this one's cost.
      await admin.query('checkpoint')
      await admin.query(`create database ${name} template fal_jobs`)
      const setting = opened(name)
      settingsOpen.push(setting)
      return {
        ...setting,
        async close() {
          settingsOpen.splice(settingsOpen.indexOf(setting), 1)
          await setting.close()
          await admin.query(`drop database ${name} with (force)`)
        },
      }
    },
    async close() {
      await all.disposeAsync()
      isClosed()
    },
  }
}

function openSetting(at: { dir: string; databaseUrl: string; simulator: SimulatedFal }): Setting {
  const { dir, databaseUrl, simulator } = at
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  pool.on('error', () => undefined)
  const children: Child[] = []
  const environment = async (overrides: Record<string, string> = {}) => {
    const port = String(await freePort())
    return {
      PORT: port,
      APP_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: databaseUrl,
      DATA_DIR: dir,
      BOOTSTRAP_API_KEY: apiKey,
      FAL_KEY: 'bench-key:0123456789',
      FAL_ALLOW_LOOPBACK: '1',
      FAL_QUEUE_BASE: `${simulator.url}/queue.fal.run`,
      FAL_API_BASE: `${simulator.url}/rest.fal.ai`,
      FAL_PLATFORM_BASE: `${simulator.url}/api.fal.ai/v1`,
      FAL_SCHEMA_BASE: `${simulator.url}/fal.ai`,
      FAL_JWKS_URL: `${simulator.url}/rest.fal.ai/.well-known/jwks.json`,
      ARCHIVE_ALLOWED_HOSTS: new URL(simulator.url).host,
      CALLBACK_ALLOW_PRIVATE: '1',
      LOG_LEVEL: 'error',
      SHED_EVENT_LOOP_DELAY_MS: '0',
      SHED_DATABASE_WAITING: '0',
      ...overrides,
    }
  }
  const start = async (script: string, env: Record<string, string>, options?: ChildOptions) => {
    const child = await startChild(script, env, options)
    children.push(child)
    return child
  }
  return {
    databaseUrl,
    simulator,
    pool,
    environment,
    service: async (overrides, options) =>
      start('../../src/server.ts', { ...startEnvironment, ...(await environment(overrides)) }, options),
    floor: async (overrides = {}) =>
      start('./floor.ts', { PORT: String(await freePort()), DATABASE_URL: databaseUrl, ...overrides }),
    async close() {
      await Promise.all(children.map((child) => child.stop()))
      await pool.end()
    },
  }
}

function urlOf(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}
