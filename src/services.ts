/** Wires ports to adapters, once per process: everything the app and the worker use, and the order it stops in. */
import type { Logger } from 'pino'
import { createIntervalLoop } from './concurrency/interval-loop.ts'
import { settleWithin } from './concurrency/timeouts.ts'
import type { Config } from './config/config.ts'
import type { Job } from './domain/job.ts'
import { contentDisposition } from './infra/archive/content-disposition.ts'
import { createLinkSigner } from './infra/archive/link-signer.ts'
import { createFal } from './infra/fal/fal-client.ts'
import { createWebhookVerifier } from './infra/fal/fal-webhook-verifier.ts'
import { createCreditStore } from './infra/postgres/clients/credit-store.ts'
import { createKeyStore } from './infra/postgres/clients/key-store.ts'
import { openDatabase } from './infra/postgres/connection/database.ts'
import { createDatabaseClock } from './infra/postgres/connection/database-clock.ts'
import { detectingSilence, keptAlive, silenceMs } from './infra/postgres/connection/liveness-client.ts'
import { createSignals } from './infra/postgres/connection/signals.ts'
import { createJobSchedule } from './infra/postgres/jobs/postgres-job-schedule.ts'
import { createJobStore } from './infra/postgres/jobs/postgres-job-store.ts'
import { isBacklogAbove } from './infra/postgres/maintenance/backlog.ts'
import { createDeadLetterStore } from './infra/postgres/maintenance/dead-letter-store.ts'
import { medianSeconds } from './infra/postgres/maintenance/median-run-times.ts'
import { readGauges } from './infra/postgres/maintenance/read-gauges.ts'
import { traceOfSubject } from './infra/postgres/maintenance/trace-of-subject.ts'
import { createCredits } from './jobs/accounts/manage-credits.ts'
import { makeArchiveAgain } from './jobs/archive/archive-again.ts'
import { makeEraseJob, makeEraseRest } from './jobs/archive/erase-job.ts'
import { makeCreateBatch } from './jobs/create/create-batch.ts'
import { makeCreateJob } from './jobs/create/create-job.ts'
import { hashOfJson } from './jobs/create/create-request.ts'
import { createLivePrices } from './jobs/create/live-prices.ts'
import { makePriceJob } from './jobs/create/price-job.ts'
import { makeQuoteJob } from './jobs/create/quote-job.ts'
import { createQuoteTokens } from './jobs/create/quote-token.ts'
import { makeRetryJob } from './jobs/create/retry-job.ts'
import { makeUsualSeconds } from './jobs/create/usual-run-times.ts'
import { createDeadLetters } from './jobs/maintenance/manage-dead-letters.ts'
import { makeFindJob } from './jobs/read/find-job.ts'
import { viewJob } from './jobs/read/job-view.ts'
import { createJobWatch } from './jobs/read/job-watch.ts'
import { makeLinkMedia } from './jobs/read/link-media.ts'
import { createLiveProgress } from './jobs/read/live-progress.ts'
import { makeActualCost } from './jobs/run/actual-cost.ts'
import { callsForAdmission, createAdmission, findWithPlace } from './jobs/run/admission.ts'
import { makeCancelJob } from './jobs/run/cancel-job.ts'
import { makeLogsOf } from './jobs/run/fal-logs.ts'
import { makePollJob } from './jobs/run/poll-job.ts'
import { makeReceiveWebhook } from './jobs/run/receive-webhook.ts'
import { makeSettleUncertain } from './jobs/run/settle-uncertain.ts'
import { createSubmitBreaker } from './jobs/run/submit-breaker.ts'
import { makeSubmitJob } from './jobs/run/submit-job.ts'
import { pricedEndpoints } from './models/price.ts'
import type { Task } from './ports/tasks.ts'
import { measuredCredits, measuredWebhook } from './telemetry/measured-ports.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { currentTraceparent, traceDelivery, tracedHandlers } from './telemetry/traced-tasks.ts'
import { createAccess } from './wiring/access.ts'
import { createArchiving } from './wiring/archive.ts'
import { createArchive } from './wiring/archive-store.ts'
import { createCallbacks } from './wiring/callbacks.ts'
import { linksOf, webhookUrl } from './wiring/links.ts'
import { createMaintenance } from './wiring/maintenance.ts'
import { createProxy } from './wiring/proxy.ts'
import { createRecovery } from './wiring/recovery.ts'
import type { SharedSecrets } from './wiring/shared-secrets.ts'
import { createEngine } from './worker/engine.ts'
import { held } from './worker/held-submits.ts'
import { createWorker } from './worker/worker.ts'

export type Services = Awaited<ReturnType<typeof createServices>>

/** How long a media link in a job stays good; it begins at a whole hour, so that caches see the same link. */
const linkLifeMs = 24 * 3_600_000
const callbackLinkLifeMs = 7 * linkLifeMs
/** A clock that is turned is followed after so long; waits measured meanwhile go by the steady counter. */
const askTimeEveryMs = 10_000

/** After the rest nothing is left to lose: a database or a bucket that does not answer keeps nobody from ending. */
const closeWithinMs = 1_400

/** Nothing runs and nothing is connected yet: `start()` begins background work, `stop()` ends it. */
export async function createServices(
  config: Config,
  databaseUrl: string,
  log: Logger,
  secrets: SharedSecrets,
) {
  const runsWorker = config.role !== 'api'
  const database = openDatabase({ url: databaseUrl, size: config.databasePoolSize, log })
  const { db } = database
  const clock = createDatabaseClock(db, log)
  const clockLoop = createIntervalLoop({
    everyMs: askTimeEveryMs,
    runOnce: clock.ask,
    log,
    failed: 'the database could not be asked for its time',
  })
  const signals = createSignals({ url: databaseUrl, log })
  const engine = createEngine({
    url: databaseUrl,
    signals,
    log,
    poolSize: runsWorker ? 6 : 2,
    connection: { ...keptAlive, Client: detectingSilence(silenceMs) },
    supervise: runsWorker,
  })
  const poll = { maxMs: config.pollMaxMs }
  const metrics = createMetrics()
  const signer = createLinkSigner({ secret: secrets.link, now: clock.now })
  const links = linksOf(config, signer, clock.now, linkLifeMs)
  const view = (job: Job) => viewJob(job, links, clock.now())
  // A callback may be tried for days, and each try sends the same bytes.
  const lastingLinks = linksOf(config, signer, clock.now, callbackLinkLifeMs)
  const callbackData = (job: Job) => viewJob(job, lastingLinks, clock.now())

  const context = { db, scheduler: engine, signals, clock, poll, callbackData }
  const limitsSlots = config.turns.inAll > 0 || config.turns.perClient > 0
  const store = createJobStore({ ...context, ...(limitsSlots ? { turns: config.turns } : {}) })
  const schedule = createJobSchedule(context)
  const turns = createAdmission({ store, schedule, log, limited: limitsSlots })
  store.onCommitted(metrics.committed)
  store.onCommitted(traceDelivery)
  if (limitsSlots)
    store.onCommitted((change) => {
      if (callsForAdmission(change)) turns.wake()
    })
  const keys = createKeyStore(db)
  const access = createAccess({
    db,
    signals,
    clock,
    log,
    keys,
    secret: secrets.link,
    onWrongKey: metrics.wrongKey,
  })
  const callbacks = createCallbacks(config, context, log, metrics.callback)

  const fal = createFal({
    queueBase: config.fal.queueBase,
    apiBase: config.fal.apiBase,
    platformBase: config.fal.platformBase,
    keys: { primary: config.fal.key, ...(config.fal.keyNew === null ? {} : { next: config.fal.keyNew }) },
    timeoutMs: config.fal.timeoutMs,
    allowLoopback: config.fal.allowLoopback,
    log,
    onKeyFallback: metrics.keyFallback,
    onSubmitted(answer) {
      metrics.submitted(answer.type)
      breaker.saw(answer)
    },
    onLooked: (outcome) => metrics.looked(outcome.type),
  })
  const breaker = createSubmitBreaker({
    clock,
    onChange(pauseMs) {
      metrics.submitsHeld(pauseMs !== null)
      if (pauseMs === null) log.info('FAL answers again: submits go on')
      else log.warn({ pauseMs }, 'FAL refuses or cannot be reached: submits are held back')
    },
  })
  const verifier = createWebhookVerifier({
    jwksUrl: config.fal.jwksUrl,
    allowLoopback: config.fal.allowLoopback,
    clock,
    log,
  })
  const archive = await createArchive(config)
  const archiving = createArchiving(config, { context, store, archive, view, log })

  const livePrices = createLivePrices({
    fetchPrices: fal.fetchPrices,
    endpoints: pricedEndpoints(),
    clock,
    log,
  })
  const actualCost = makeActualCost({ livePrices: livePrices.known, log })
  const priceJob = makePriceJob({ livePrices: livePrices.prices, creditsEnforced: config.creditsEnforced })
  const quotes = createQuoteTokens(secrets.quote, hashOfJson)
  const { confirmAboveMicros } = config

  const settleUncertain = makeSettleUncertain({
    store,
    fal,
    clock,
    log,
    uncertainMs: config.submitUncertainMs,
    policy: config.submitUncertainPolicy,
  })
  const pollJob = makePollJob({
    store,
    fal,
    settleUncertain,
    clock,
    actualCost,
    log,
    logsByDefault: config.fal.logsByDefault,
  })
  const submitJob = makeSubmitJob({
    store,
    fal,
    clock,
    actualCost,
    log,
    webhookUrl: (job) => webhookUrl(config, job),
    giveUpMs: config.submitGiveUpMs,
  })
  const findJob = findWithPlace(makeFindJob({ store }), store)
  const watch = createJobWatch({ store, signals, log })
  const liveProgress = createLiveProgress({ watch, schedule, clock, log })
  const { scheduleMaintenance, maintenanceTask } = createMaintenance(context, {
    keepDays: config.keepDays,
    maintainArchive: archiving.maintainArchive,
    log,
  })

  const createJob = makeCreateJob({
    checkCallbackUrl: callbacks.checkUrl,
    store,
    clock,
    view,
    priceJob,
    quotes,
    archiveByDefault: archiving.archiveByDefault,
    usualSeconds: makeUsualSeconds({ lookUp: (endpointId) => medianSeconds(db, endpointId), clock, log }),
    confirmAboveMicros,
    traceparent: currentTraceparent,
    waitsForSlot: limitsSlots,
  })

  const proxy = createProxy(config, createJob, fal)
  const recovery = createRecovery(context, {
    store,
    fal,
    pollJob,
    settleUncertain,
    actualCost,
    verifyArchive: archiving.verifyArchive,
    findOrphanObjects: archiving.findOrphanObjects,
    clock,
    log,
  })
  const worker = createWorker({
    engine,
    schedule,
    recoverWork: recovery.recoverWork,
    async schedulePeriodic() {
      await Promise.all([recovery.scheduleReconcile(), scheduleMaintenance()])
    },
    log,
    handlers: tracedHandlers(
      {
        submit: held(submitJob, breaker),
        poll: async (task: Task) => {
          await pollJob(task.subject, { closing: task, signal: task.signal })
        },
        archive: archiving.archiveJob,
        callback: callbacks.deliverCallback,
        erase: makeEraseRest({ store, archive, fal, view, log }),
        reconcile: recovery.reconcileTask,
        cleanup: maintenanceTask,
      },
      { enabled: config.tracing, traceOf: (subject) => traceOfSubject(db, subject) },
    ),
  })

  let resting: Promise<void> | null = null
  /** Ends background work: running tasks get `timeoutMs` to finish; what is left is released and runs elsewhere. */
  const rest = (timeoutMs: number): Promise<void> => {
    resting ??= (async () => {
      // Side by side: a sweep that waits for the database must not keep the tasks from being released in time.
      const swept = Promise.all([worker.stop(), turns.stop()])
      // No task is taken from here on: the breaker must not turn them away while others would send them.
      const released = engine.rest(timeoutMs)
      breaker.stop()
      await settleWithin(Promise.all([swept, released]), timeoutMs)
    })()
    return resting
  }

  return {
    config,
    log,
    db,
    clock,
    store,
    schedule,
    keys,
    access,
    callbacks,
    proxy,
    signals,
    archive,
    archiving,
    reconcile: recovery.reconcile,
    signer,
    fal,
    verifier,
    view,
    findJob,
    pollJob,
    createJob,
    createBatch: makeCreateBatch({ createJob }),
    retryJob: makeRetryJob({ findJob, createJob }),
    archiveAgain: makeArchiveAgain({ findJob, store }),
    eraseJob: makeEraseJob({ findJob, store, archive, fal, view, log }),
    linkMedia: makeLinkMedia({
      archive,
      clock,
      hasPublicUrl: config.appUrl !== null,
      ownLink: (file) => links.to(`/files/${signer.sign(file)}`),
    }),
    watch,
    logsOf: makeLogsOf({ fal, clock }),
    quoteJob: makeQuoteJob({ priceJob, quotes, clock, confirmAboveMicros }),
    shelf: createDeadLetters({
      shelf: createDeadLetterStore(db),
      store,
      callbacks: callbacks.callbacks,
      clock,
      log,
    }),
    credits: createCredits({ credits: measuredCredits(createCreditStore(db), metrics), clock }),
    cancelJob: makeCancelJob({ findJob, store, pollJob }),
    receiveWebhook: measuredWebhook(
      makeReceiveWebhook({ actualCost, verifier, store, clock, log, accountId: config.fal.accountId }),
      metrics,
    ),
    metrics,
    /** The FAL keys of this configuration from now on; jobs under way keep the key that sent them while it is known. */
    useFalKeys({ fal: { key, keyNew } }: Config) {
      fal.useKeys({ primary: key, ...(keyNew === null ? {} : { next: keyNew }) })
    },
    /** How much waits in this process and in all. */
    pressure: {
      databaseWaiting: () => database.pool.waitingCount,
      isBacklogAbove: (jobs: number) => isBacklogAbove(db, jobs),
    },
    /** The Prometheus exposition; the gauges of the database are looked up now. */
    async expose() {
      const { totalCount, idleCount, waitingCount } = database.pool
      metrics.process({
        total: totalCount,
        idle: idleCount,
        waiting: waitingCount,
        keys: verifier.state().keys,
      })
      const at = clock.now()
      const readings = Promise.all([readGauges(db, at, config.turns), engine.countTasks()]).then(
        ([ofJobs, tasks]) => ({ ...ofJobs, tasks, at }),
      )
      metrics.snapshot(
        await readings.catch((error: unknown) => {
          log.warn({ err: error }, 'the gauges of the database could not be read')
          return null
        }),
      )
      return { text: await metrics.registry.metrics(), contentType: metrics.registry.contentType }
    },
    disposition: contentDisposition,
    worker,
    async start() {
      // Before anything is written that another replica reads the time of.
      await clock.ask()
      clockLoop.start()
      await keys.ensureBootstrap(config.bootstrapApiKey)
      await signals.start()
      // The first webhook should not wait for the key set; without one FAL is told to try again.
      void verifier.warm()
      void livePrices.prices()
      await engine.start()
      liveProgress.start()
      if (runsWorker) await worker.start()
      if (runsWorker || limitsSlots) turns.start()
    },
    rest,
    /** Rests, and closes what tasks and requests used: no request may be open any more. */
    async stop(timeoutMs: number) {
      watch.close()
      await rest(timeoutMs)
      livePrices.stop()
      await settleWithin(close(), closeWithinMs)
    },
  }

  async function close(): Promise<void> {
    await Promise.all([liveProgress.stop(), engine.stop()])
    await clockLoop.stop()
    await signals.close()
    await Promise.all([archiving.close(), fal.close(), callbacks.close()])
    await database.close()
  }
}
