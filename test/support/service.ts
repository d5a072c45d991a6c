/** The real service against the real simulator on a database of its own, over real sockets: what flow tests stand on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { request } from 'undici'
import { readConfig } from '../../src/config/config.ts'
import type { JobView } from '../../src/jobs/read/job-view.ts'
import type { Signals } from '../../src/ports/signals.ts'
import { type RunningService, secretsOf, startService } from '../../src/server.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { freePort } from './free-port.ts'
import { scratchFolder } from './scratch.ts'

export const testKey = 'test-admin-key-0123456789'
export const falKey = 'f4e1-key-id:0123456789abcdef-fal-secret'

export interface Bench {
  simulator: Simulator
  service: RunningService
  database: TestDatabase
  archiveDir: string
  /** Every line the service logged so far. */
  logLines: string[]
  /** The variables the service was started with, to start another replica. */
  environment: Record<string, string>
  /** Calls the API with the admin key; parses JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Creates a job and returns it; fails the test on anything but 202. */
  create(body: Record<string, unknown>, headers?: Record<string, string>): Promise<JobView>
  get(id: string): Promise<JobView>
  /** Looks until the job satisfies `done`; rejects with the last state after `withinMs`. */
  until(id: string, done: (job: JobView) => boolean, withinMs?: number): Promise<JobView>
  /** Final, and its archive settled. */
  settled(id: string, withinMs?: number): Promise<JobView>
  events(id: string): Promise<Record<string, unknown>[]>
}

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface BenchOptions {
  simulator?: SimulatorOptions
  /** Overrides of the service's environment; an empty string unsets. */
  environment?: Record<string, string>
  /** false: no public address, so polling alone finishes jobs. */
  webhooks?: boolean
}

/** Starts all of it and takes it down in the test's teardown. */
export async function startBench(t: Test, options: BenchOptions = {}): Promise<Bench> {
  const simulator = await startSimulator(simulatorOptions(options.simulator))
  const database = await createTestDatabase()
  const archiveDir = await mkdtemp(join(await scratchFolder(), 'bench-'))
  const port = await freePort()
  const environment: Record<string, string> = {
    PORT: String(port),
    ...(options.webhooks === false ? {} : { APP_URL: `http://127.0.0.1:${port}` }),
    DATABASE_URL: database.url,
    DATA_DIR: archiveDir,
    ARCHIVE_DIR: join(archiveDir, 'archive'),
    ...falEnvironment(simulator),
    BOOTSTRAP_API_KEY: testKey,
    CALLBACK_ALLOW_PRIVATE: '1',
    LOG_LEVEL: 'debug',
    // A machine that is busy with other tests is not what they are about.
    SHED_EVENT_LOOP_DELAY_MS: '0',
    ...options.environment,
  }
  const logLines: string[] = []
  const config = readConfig(environment)
  const log = createLogger({
    level: config.logLevel,
    secrets: secretsOf(config),
    destination: { write: (line: string) => void logLines.push(line) },
  })
  const service = await startService(config, log)
  t.teardown(async () => {
    await service.stop()
    await simulator.close()
    await database.drop()
    await rm(archiveDir, { recursive: true, force: true })
  })

  const call = createCall(service.url)
  const get: Bench['get'] = async (id) => (await call('GET', `/api/jobs/${id}`)).body
  const changes = createChanges(service.services.store.signals)
  const until: Bench['until'] = async (id, done, withinMs = 20_000) => {
    const end = Date.now() + withinMs
    for (;;) {
      // Before the look, so that no change can slip in between.
      const changed = changes.of(id)
      const job = await get(id)
      if (done(job)) return job
      if (Date.now() > end) throw new Error(`job ${id} did not get there: ${JSON.stringify(job)}`)
      await changed
    }
  }
  return {
    simulator,
    service,
    database,
    archiveDir,
    logLines,
    environment,
    call,
    get,
    until,
    async create(body, headers) {
      const answer = await call('POST', '/api/jobs', body, headers)
      if (answer.status !== 202)
        throw new Error(`create answered ${answer.status}: ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    settled: (id, withinMs) => until(id, isSettled, withinMs),
    async events(id) {
      return (await call('GET', `/api/jobs/${id}/events?limit=100`)).body.data
    },
  }
}

/** Tests of the service make endpoints up: the simulator takes any, unless the test says which exist. */
function simulatorOptions({ script = {}, ...options }: SimulatorOptions = {}): SimulatorOptions {
  return {
    speed: 20,
    ...options,
    script: { ...script, settings: { endpoints: ['*'], ...script.settings } },
  }
}

/** The variables that point the service at the simulator. */
export function falEnvironment(simulator: Simulator): Record<string, string> {
  return {
    ARCHIVE_ALLOWED_HOSTS: new URL(simulator.url).host,
    FAL_KEY: falKey,
    FAL_ALLOW_LOOPBACK: '1',
    FAL_QUEUE_BASE: simulator.queueBase,
    FAL_API_BASE: simulator.restBase,
    FAL_PLATFORM_BASE: simulator.platformBase,
    FAL_SCHEMA_BASE: simulator.schemaBase,
    FAL_JWKS_URL: simulator.jwksUrl,
  }
}

export function createCall(serviceUrl: string): Bench['call'] {
  return async (method, path, body, headers = {}) => {
    // A third of what a fetch costs; some tests make thousands of calls.
    const response = await request(new URL(path, serviceUrl), {
      method,
      headers: {
        authorization: `Bearer ${testKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    })
    const text = await response.body.text()
    const answered = new Headers()
    for (const [name, value] of Object.entries(response.headers))
      for (const one of [value ?? []].flat()) answered.append(name, one)
    const isJson = answered.get('content-type')?.includes('json') === true
    return {
      status: response.statusCode,
      headers: answered,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    }
  }
}

/** Hints may be lost, and some things that tests wait for are no change of the job. */
const lookAgainMs = 100

/** Resolves when a job changes, whichever process changed it, or after a moment. */
function createChanges(signals: Pick<Signals, 'subscribe'>) {
  const waiting = new Map<string, PromiseWithResolvers<void>>()
  signals.subscribe('job', (id) => {
    for (const key of id === null ? [...waiting.keys()] : [id]) {
      waiting.get(key)?.resolve()
      waiting.delete(key)
    }
  })
  return {
    async of(id: string): Promise<void> {
      const change = waiting.get(id) ?? Promise.withResolvers<void>()
      waiting.set(id, change)
      const timer = setTimeout(change.resolve, lookAgainMs)
      await change.promise
      clearTimeout(timer)
      if (waiting.get(id) === change) waiting.delete(id)
    },
  }
}

function isSettled(job: JobView): boolean {
  const final = ['completed', 'failed', 'canceled'].includes(job.status)
  return final && job.archive.status !== 'pending'
}
