/** The first of the service's four parts: the database with its clock, the signals between replicas, tasks and jobs. */
import type { Kysely } from 'kysely'
import { createIntervalLoop } from '../concurrency/interval-loop.ts'
import type { Config } from '../config/config.ts'
import { limitsSlots } from '../domain/fair-queue.ts'
import type { Job } from '../domain/job.ts'
import { createKeyStore } from '../infra/postgres/clients/key-store.ts'
import { engineConnection, openDatabase } from '../infra/postgres/connection/database.ts'
import { createDatabaseClock } from '../infra/postgres/connection/database-clock.ts'
import { createLockWaits } from '../infra/postgres/connection/lock-waits.ts'
import { createSignals } from '../infra/postgres/connection/signals.ts'
import type { StoreContext } from '../infra/postgres/connection/store-context.ts'
import { createJobSchedule } from '../infra/postgres/jobs/postgres-job-schedule.ts'
import { createJobStore } from '../infra/postgres/jobs/postgres-job-store.ts'
import { isBacklogAbove } from '../infra/postgres/maintenance/backlog.ts'
import { readGauges } from '../infra/postgres/maintenance/read-gauges.ts'
import type { Database } from '../infra/postgres/rows/schema.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobSchedule } from '../ports/job-schedule.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { KeyStore } from '../ports/keys.ts'
import type { Logger } from '../ports/logger.ts'
import type { Signals } from '../ports/signals.ts'
import type { DatabaseReadings } from '../telemetry/gauges.ts'
import { createEngine, type Engine } from '../worker/engine.ts'

export interface StorePart extends AsyncDisposable {
  db: Kysely<Database>
  /** The database's time, which all replicas share. */
  clock: Clock
  signals: Signals
  /** Tasks are scheduled with it from the start; the worker's part starts and ends it. */
  engine: Engine
  jobs: JobStore
  schedule: JobSchedule
  keys: KeyStore
  /** What further adapters on this database work with. */
  context: StoreContext
  /** Connections of this process. */
  connections(): { total: number; idle: number; waiting: number }
  /** Whether more jobs than this wait to be sent, in all replicas together. */
  isBacklogAbove(jobs: number): Promise<boolean>
  readGauges(): Promise<DatabaseReadings>
  start(): Promise<void>
}

export interface StoreOptions {
  config: Config
  databaseUrl: string
  log: Logger
  /** A job as a callback shows it. */
  callbackData: (job: Job) => unknown
}

/** Interval of reading the database's clock; in between the steady counter is used. */
const askTimeEveryMs = 10_000

/** Nothing is connected before `start()`. */
export function createStorePart({ config, databaseUrl, log, callbackData }: StoreOptions): StorePart {
  const opened = new AsyncDisposableStack()
  const { db, connections, close } = openDatabase({ url: databaseUrl, size: config.databasePoolSize, log })
  opened.defer(close)
  const directUrl = config.databaseDirectUrl ?? databaseUrl
  const signals = createSignals({ url: directUrl, log })
  opened.defer(() => signals.close())
  const clock = createDatabaseClock(db, log)
  const clockLoop = createIntervalLoop({
    everyMs: askTimeEveryMs,
    runOnce: clock.ask,
    log,
    failed: 'time of the database not read; will retry',
  })
  opened.defer(() => clockLoop.stop())
  const runsWorker = config.role !== 'api'
  const engine = createEngine({
    url: directUrl,
    signals,
    log,
    poolSize: runsWorker ? 6 : 2,
    connection: engineConnection(),
    supervise: runsWorker,
  })
  const poll = { maxMs: config.pollMaxMs }
  const waits = createLockWaits(config.databasePoolSize)
  const context = { db, scheduler: engine, signals, clock, poll, waits, callbackData }
  const keys = createKeyStore(db)
  return {
    db,
    clock,
    signals,
    engine,
    jobs: createJobStore({ ...context, ...(limitsSlots(config.slots) ? { slots: config.slots } : {}) }),
    schedule: createJobSchedule({ ...context, random: Math.random }),
    keys,
    context,
    connections,
    isBacklogAbove: (jobs) => isBacklogAbove(db, jobs),
    async readGauges() {
      const reading = readGauges(db, clock.now(), config.slots)
      const [readings, tasks] = await Promise.all([reading, engine.countTasks()])
      return { ...readings, tasks }
    },
    async start() {
      // Read the clock before anything is written whose time another replica reads.
      await clock.ask()
      clockLoop.start()
      await keys.ensureBootstrap(config.bootstrapApiKey)
      await signals.start()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
