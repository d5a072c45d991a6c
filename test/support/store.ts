/** A job store on a database of its own with a scheduler that only notes: for tests of what is durable, not of what runs. */
import type { Kysely } from 'kysely'
import type pg from 'pg'
import type { Test } from 'tap'
import type { Job } from '../../src/domain/job.ts'
import { createKeyStore, hashOfKey } from '../../src/infra/postgres/clients/key-store.ts'
import { openDatabase } from '../../src/infra/postgres/connection/database.ts'
import { createLockWaits } from '../../src/infra/postgres/connection/lock-waits.ts'
import { createJobSchedule } from '../../src/infra/postgres/jobs/postgres-job-schedule.ts'
import { createJobStore } from '../../src/infra/postgres/jobs/postgres-job-store.ts'
import type { Database } from '../../src/infra/postgres/rows/schema.ts'
import type { JobSchedule } from '../../src/ports/job-schedule.ts'
import type { JobStore } from '../../src/ports/job-store.ts'
import type { ApiKey } from '../../src/ports/keys.ts'
import type { TaskScheduler } from '../../src/ports/tasks.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createTestDatabase } from './database.ts'

/** Of the admin key. */
const secret = 'store-test-key-0123456789'

export interface StoreBench {
  url: string
  db: Kysely<Database>
  pool: pg.Pool
  store: JobStore
  schedule: JobSchedule
  /** The store of another process on the same database. */
  replica(): JobStore
  /** The admin key of the client `default`. */
  key: ApiKey
}

export interface StoreBenchOptions {
  /** Called in every transaction that schedules or closes a task: throwing makes it fail as a crash would. */
  onSchedule?: () => void
  connections?: number
}

export async function openStore(t: Test, options: StoreBenchOptions = {}): Promise<StoreBench> {
  const database = await createTestDatabase()
  const log = createLogger({ level: 'silent', secrets: [] })
  const opened = openDatabase({ url: database.url, size: options.connections ?? 10, log })
  t.teardown(async () => {
    await opened.close()
    await database.drop()
  })
  const scheduler: TaskScheduler = {
    schedule: async () => options.onSchedule?.(),
    close: async () => options.onSchedule?.(),
    withoutTask: async () => [],
    wake: () => undefined,
  }
  const context = {
    db: opened.db,
    scheduler,
    signals: { publish: () => undefined, subscribe: () => () => undefined },
    clock: { now: Date.now },
    waits: createLockWaits(options.connections ?? 10),
    poll: { maxMs: 120_000 },
    callbackData: (job: Job) => ({ id: job.id }),
  }
  const replica = () => createJobStore(context)
  const keys = createKeyStore(opened.db)
  await keys.ensureBootstrap(secret)
  const key = await keys.findByHash(hashOfKey(secret))
  if (key === null) throw new Error('the bootstrap key is missing')
  const { db, pool } = opened
  const schedule = createJobSchedule({ ...context, random: Math.random })
  return { url: database.url, db, pool, store: replica(), schedule, replica, key }
}
