/** What every benchmark stands on: an embedded PostgreSQL with fsync on, a simulator, the service and its floor. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/infra/postgres/embedded.ts'
import { createLogger } from '../src/logger.ts'
import { migrate } from '../src/migrate.ts'
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts'
import { freePort } from '../test/support/free-port.ts'
import { type Child, startChild } from './child.ts'

export const apiKey = 'bench-admin-key-0123456789'

export interface Setting {
  databaseUrl: string
  simulator: Simulator
  pool: pg.Pool
  environment(overrides?: Record<string, string>): Promise<Record<string, string>>
  service(overrides?: Record<string, string>): Promise<Child>
  floor(overrides?: Record<string, string>): Promise<Child>
  close(): Promise<void>
}

const log = createLogger({ level: 'silent', secrets: [] })

export async function openSetting(simulatorSpeed = 20): Promise<Setting> {
  const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-bench-'))
  const postgres = await startEmbeddedPostgres({
    dir: join(dir, 'postgres'),
    log,
    settings: { shared_buffers: '512MB' },
  })
  await migrate(postgres.url, log)
  const simulator = await startSimulator({
    speed: simulatorSpeed,
    script: { settings: { fastSigner: true } },
  })
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 })
  pool.on('error', () => undefined)
  const children: Child[] = []
  const environment = async (overrides: Record<string, string> = {}) => {
    const port = String(await freePort())
    return {
      PORT: port,
      APP_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: postgres.url,
      DATA_DIR: dir,
      BOOTSTRAP_API_KEY: apiKey,
      FAL_KEY: 'bench-key:0123456789',
      FAL_ALLOW_LOOPBACK: '1',
      FAL_QUEUE_BASE: simulator.queueBase,
      FAL_API_BASE: simulator.restBase,
      FAL_PLATFORM_BASE: simulator.platformBase,
      FAL_JWKS_URL: simulator.jwksUrl,
      ARCHIVE_ALLOWED_HOSTS: new URL(simulator.url).host,
      CALLBACK_ALLOW_PRIVATE: '1',
      LOG_LEVEL: 'error',
      SHED_EVENT_LOOP_DELAY_MS: '0',
      SHED_DATABASE_WAITING: '0',
      ...overrides,
    }
  }
  const start = async (script: string, env: Record<string, string>) => {
    const child = await startChild(script, env)
    children.push(child)
    return child
  }
  return {
    databaseUrl: postgres.url,
    simulator,
    pool,
    environment,
    service: async (overrides) => start('../src/server.ts', await environment(overrides)),
    floor: async (overrides = {}) =>
      start('./floor.ts', { PORT: String(await freePort()), DATABASE_URL: postgres.url, ...overrides }),
    async close() {
      for (const child of children) if (child.process.exitCode === null) await child.stop()
      await simulator.close()
      await pool.end()
      await postgres.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
