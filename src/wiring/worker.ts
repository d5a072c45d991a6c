/** The last of the service's four parts: the task engine's life, the handlers of its queues, admission and the sweeps. */
import { settleWithin } from '../concurrency/timeouts.ts'
import type { Config } from '../config/config.ts'
import { limitsSlots } from '../domain/fair-queue.ts'
import { createBillStore } from '../infra/postgres/maintenance/bill-store.ts'
import { traceOfSubject } from '../infra/postgres/maintenance/trace-of-subject.ts'
import { makeEraseRest } from '../jobs/archive/erase-job.ts'
import { makeCompareBills } from '../jobs/maintenance/compare-bills.ts'
import type { Reconcile } from '../jobs/maintenance/reconcile.ts'
import { callsForAdmission, createAdmission } from '../jobs/run/admission.ts'
import { createSettling } from '../jobs/run/settling.ts'
import type { Logger } from '../ports/logger.ts'
import type { Task, TaskQueue } from '../ports/tasks.ts'
import { tracedHandlers } from '../telemetry/traced-tasks.ts'
import { held } from '../worker/held-submits.ts'
import type { TaskHandler } from '../worker/task-handler.ts'
import { createWorker } from '../worker/worker.ts'
import type { FalPart } from './fal.ts'
import type { JobsPart } from './jobs.ts'
import { createMaintenance } from './maintenance.ts'
import type { StorePart } from './store.ts'

export interface WorkerPart extends AsyncDisposable {
  /** What the scheduled run does, on demand. */
  reconcile: Reconcile
  /** Epoch milliseconds of the last sweep that went through. */
  lastSweepAt(): number
  /** Starts the task engine and, where this role has it, background work. */
  start(): Promise<void>
  /** Ends background work: running tasks get `timeoutMs` to finish; what is left is released and runs elsewhere. */
  rest(timeoutMs: number): Promise<void>
}

export interface WorkerPartOptions {
  config: Config
  store: StorePart
  fal: FalPart
  jobs: JobsPart
  log: Logger
}

/** To be disposed of after `rest`. */
export function createWorkerPart(options: WorkerPartOptions): WorkerPart {
  const { config, store, fal, jobs, log } = options
  const { engine } = store
  const runsWorker = config.role !== 'api'
  const limited = limitsSlots(config.slots)
  const opened = new AsyncDisposableStack()
  opened.defer(() => engine.stop())
  const admission = createAdmission({ store: store.jobs, schedule: store.schedule, log, limited })
  if (limited)
    store.jobs.onCommitted((change) => {
      if (callsForAdmission(change)) admission.wake()
    })
  const settling = createSettling({
    schedule: store.schedule,
    settleCost: jobs.run.settleCost,
    perSecond: config.costReadsPerSecond,
    log,
  })
  const maintenance = maintaining(options)
  const worker = createWorker({
    engine,
    schedule: store.schedule,
    recoverWork: maintenance.recoverWork,
    schedulePeriodic: maintenance.schedulePeriodic,
    handlers: handlersOf(options, maintenance),
    log,
  })
  let resting: Promise<void> | null = null
  return {
    reconcile: maintenance.reconcile,
    lastSweepAt: worker.lastSweepAt,
    async start() {
      await engine.start()
      if (runsWorker) await worker.start()
      if (runsWorker || limited) admission.start()
      if (runsWorker) jobs.models.refreshing.start()
      if (runsWorker) settling.start()
      if (runsWorker) jobs.usage.summing.start()
    },
    rest(timeoutMs) {
      resting ??= restAll(timeoutMs)
      return resting
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }

  async function restAll(timeoutMs: number): Promise<void> {
    // Side by side: a sweep that waits for the database must not keep the tasks from being released in time.
    const loops = [worker, admission, settling, jobs.models.refreshing, jobs.usage.summing]
    const swept = Promise.all(loops.map((loop) => loop.stop()))
    // No further task is claimed, so the breaker can stop without refusing tasks that another replica would send.
    const released = engine.rest(timeoutMs)
    fal.breaker.stop()
    await settleWithin(Promise.all([swept, released]), timeoutMs)
  }
}

type Maintenance = ReturnType<typeof createMaintenance>

function maintaining({ config, store, fal, jobs, log }: WorkerPartOptions): Maintenance {
  const { pollJob, settleUncertain } = jobs.run
  const { verifyArchive, findOrphanObjects, maintainArchive } = jobs.archive
  return createMaintenance(store.context, {
    store: store.jobs,
    schedule: store.schedule,
    fal: fal.client,
    ruleCost: fal.ruleCost,
    pollJob,
    settleUncertain,
    verifyArchive,
    findOrphanObjects,
    maintainArchive,
    compareBills: makeCompareBills({
      statement: fal.client.statement,
      bills: createBillStore(store.db),
      store: store.jobs,
      charge: config.creditsSettle,
      clock: store.clock,
      onCompared: fal.billsCompared,
      log,
    }),
    keepDays: config.keepDays,
    clock: store.clock,
    log,
  })
}

function handlersOf(
  { config, store, fal, jobs, log }: WorkerPartOptions,
  maintenance: Maintenance,
): Record<TaskQueue, TaskHandler> {
  const { submitJob, pollJob } = jobs.run
  const eraseRest = makeEraseRest({
    store: store.jobs,
    archive: jobs.archive.files,
    fal: fal.client,
    view: jobs.read.view,
    settleCost: jobs.run.settleCost,
    random: Math.random,
    log,
  })
  return tracedHandlers(
    {
      submit: held(submitJob, fal.breaker),
      poll: async (task: Task) => {
        await pollJob(task.subject, { closing: task, signal: task.signal })
      },
      archive: jobs.archive.archiveJob,
      callback: jobs.callbacks.deliverCallback,
      erase: eraseRest,
      reconcile: maintenance.reconcileTask,
      cleanup: maintenance.cleanupTask,
    },
    { enabled: config.tracing, traceOf: (subject) => traceOfSubject(store.db, subject) },
  )
}
