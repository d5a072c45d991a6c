/** Puts the service's four parts together, once per process, and says in which order they start and stop. */
import type { Logger } from 'pino'
import { createMemoryBudget } from './concurrency/memory-budget.ts'
import { settleWithin } from './concurrency/timeouts.ts'
import type { Config } from './config/config.ts'

import { catalogueAsOf } from './models/catalogue.ts'

import type { MemoryBudget } from './ports/memory-budget.ts'
import { memoryBudgetBytes } from './process/memory-limit.ts'

import { type ExposeMetrics, makeExposeMetrics } from './telemetry/expose-metrics.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { traceDelivery } from './telemetry/traced-tasks.ts'
import { type Access, createAccess } from './wiring/access.ts'
import { createFalPart, type FalPart } from './wiring/fal.ts'
import { createJobsPart, type JobsPart } from './wiring/jobs.ts'
import { createViews, type Views } from './wiring/links.ts'
import type { SharedSecrets } from './wiring/shared-secrets.ts'
import { createStorePart, type StorePart } from './wiring/store.ts'
import { createWorkerPart, type WorkerPart } from './wiring/worker.ts'

export interface Services {
  config: Config
  log: Logger
  store: StorePart
  fal: FalPart
  jobs: JobsPart
  worker: WorkerPart
  /** Who may call. */
  access: Access
  views: Views
  memory: MemoryBudget
  metrics: Metrics
  exposeMetrics: ExposeMetrics
  start(): Promise<void>
  /** Ends background work: running tasks get `timeoutMs` to finish; what is left is released and runs elsewhere. */
  rest(timeoutMs: number): Promise<void>
  /** Rests, and closes what tasks and requests used: no request may be open any more. */
  stop(timeoutMs: number): Promise<void>
}

/** After the rest nothing is left to lose: a database or a bucket that does not answer keeps no process from ending. */
const closeWithinMs = 1_400

/** Nothing runs and nothing is connected yet: `start()` begins background work, `stop()` ends it. */
export async function createServices(
  config: Config,
  databaseUrl: string,
  log: Logger,
  secrets: SharedSecrets,
): Promise<Services> {
  await using opened = new AsyncDisposableStack()
  const metrics = createMetrics()
  // The time comes from the store, which is given the views: it is asked when a job is shown.
  const views = createViews(config, secrets.link, () => store.clock.now())
  const memory = createMemoryBudget(memoryBudgetBytes(config.memoryBudgetMb))
  const store = opened.use(createStorePart({ config, databaseUrl, log, callbackData: views.callbackData }))
  store.jobs.onCommitted(metrics.committed)
  store.jobs.onCommitted(traceDelivery)
  const { db, signals, clock, keys } = store
  const fal = opened.use(createFalPart({ config, clock, log, memory, metrics }))
  const jobs = opened.use(await createJobsPart({ config, store, fal, views, secrets, memory, metrics, log }))
  const worker = opened.use(createWorkerPart({ config, store, fal, jobs, log }))
  const parts = opened.move()
  return {
    config,
    log,
    store,
    fal,
    jobs,
    worker,
    access: createAccess({
      db,
      signals,
      clock,
      log,
      keys,
      secret: secrets.link,
      onWrongKey: metrics.wrongKey,
    }),
    views,
    memory,
    metrics,
    exposeMetrics: makeExposeMetrics({
      metrics,
      readDatabase: store.readGauges,
      readProcess: () => ({
        connections: store.connections(),
        keys: fal.verifier.state().keys,
        submitsHeld: fal.breaker.isOpen(),
        catalogueAgeSeconds: Math.round((store.clock.now() - catalogueAsOf) / 1_000),
      }),
      log,
    }),
    async start() {
      await store.start()
      fal.start()
      await worker.start()
      jobs.start()
    },
    rest: worker.rest,
    async stop(timeoutMs) {
      await worker.rest(timeoutMs)
      await settleWithin(parts.disposeAsync(), closeWithinMs)
    },
  }
}
