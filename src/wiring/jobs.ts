/** The third of the service's four parts: the use cases, grouped as the folders of src/jobs are. */
import type { Config } from '../config/config.ts'
import type { Client } from '../domain/client.ts'
import { limitsSlots } from '../domain/fair-queue.ts'
import { createCreditStore } from '../infra/postgres/clients/credit-store.ts'
import { createDeadLetterStore } from '../infra/postgres/maintenance/dead-letter-store.ts'
import { medianSeconds } from '../infra/postgres/maintenance/median-run-times.ts'
import { createCredits } from '../jobs/accounts/manage-credits.ts'
import { makeArchiveAgain } from '../jobs/archive/archive-again.ts'
import { makeEraseJob } from '../jobs/archive/erase-job.ts'
import { makeCreateBatch } from '../jobs/create/create-batch.ts'
import { makeCreateJob } from '../jobs/create/create-job.ts'
import { hashOfJson } from '../jobs/create/create-request.ts'
import { makePriceJob } from '../jobs/create/price-job.ts'
import { makeQuoteJob } from '../jobs/create/quote-job.ts'
import { createQuoteTokens } from '../jobs/create/quote-token.ts'
import { makeRetryJob } from '../jobs/create/retry-job.ts'
import { makeUsualSeconds } from '../jobs/create/usual-run-times.ts'
import { createDeadLetters } from '../jobs/maintenance/manage-dead-letters.ts'
import { makeUnitPriceOf } from '../jobs/models/unit-prices.ts'
import { makeCheckUpload } from '../jobs/proxy/limit-uploads.ts'
import { makeProxySubmit } from '../jobs/proxy/proxy-submit.ts'
import { type FindJob, makeFindJob } from '../jobs/read/find-job.ts'
import { createJobWatch } from '../jobs/read/job-watch.ts'
import { makeLinkMedia } from '../jobs/read/link-media.ts'
import { createLiveProgress } from '../jobs/read/live-progress.ts'
import { makeWithWholeResult } from '../jobs/read/whole-result.ts'
import { findWithPlace } from '../jobs/run/admission.ts'
import { makeCancelJob } from '../jobs/run/cancel-job.ts'
import { makeLogsOf } from '../jobs/run/fal-logs.ts'
import { makePollJob } from '../jobs/run/poll-job.ts'
import { makePollNow } from '../jobs/run/poll-now.ts'
import { makeJudgeHeaders, makeReceiveWebhook } from '../jobs/run/receive-webhook.ts'
import { makeSettleCost } from '../jobs/run/settle-cost.ts'
import { makeSettleUncertain } from '../jobs/run/settle-uncertain.ts'
import { makeSubmitJob } from '../jobs/run/submit-job.ts'
import type { CreditStore } from '../ports/credits.ts'
import type { Logger } from '../ports/logger.ts'
import type { MemoryBudget } from '../ports/memory-budget.ts'
import { measuredCredits, measuredHeaders, measuredWebhook } from '../telemetry/measured-ports.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { currentTraceparent } from '../telemetry/traced-tasks.ts'
import { type Archiving, createArchiving } from './archive.ts'
import { type Callbacks, createCallbacks } from './callbacks.ts'
import type { FalPart } from './fal.ts'
import { type Views, webhookUrl } from './links.ts'
import { createModels, type Models } from './models.ts'
import type { SharedSecrets } from './shared-secrets.ts'
import type { StorePart } from './store.ts'
import { createUsage } from './usage.ts'

export interface JobsPartOptions {
  config: Config
  store: StorePart
  fal: FalPart
  views: Views
  secrets: SharedSecrets
  memory: MemoryBudget
  metrics: Metrics
  log: Logger
}

export type JobsPart = Awaited<ReturnType<typeof createJobsPart>>

export async function createJobsPart(options: JobsPartOptions) {
  const { config, store, views, metrics, log } = options
  const { jobs, context, clock } = store
  await using opened = new AsyncDisposableStack()
  const { memory } = options
  const { archiveTrouble: onTrouble } = metrics
  const archive = opened.use(
    await createArchiving({ config, context, jobs, view: views.view, log, onTrouble, memory }),
  )
  const callbacks = opened.use(createCallbacks(config, context, log, metrics.callback))
  const models = opened.use(
    createModels({ db: store.db, fal: options.fal.client, clock, log, changed: metrics.modelChanged }),
  )
  const read = opened.use(readingJobs(options, archive))
  const run = runningJobs(options, read.findJob)
  const owned = opened.move()
  return {
    read,
    models,
    create: creatingJobs(options, { findJob: read.findJob, archive, callbacks, models }),
    run,
    archive,
    callbacks,
    archiveAgain: makeArchiveAgain({ findJob: read.findJob, store: jobs }),
    eraseJob: makeEraseJob({
      findJob: read.findJob,
      store: jobs,
      archive: archive.files,
      fal: options.fal.client,
      view: views.view,
      log,
    }),
    credits: createCredits({
      credits: measuredCredits(createCreditStore(store.db), metrics),
      clock,
    }),
    usage: createUsage({ db: store.db, clock, log }),
    deadLetters: createDeadLetters({
      deadLetters: createDeadLetterStore(store.db),
      store: jobs,
      callbacks: callbacks.store,
      clock,
      log,
    }),
    start: () => read.liveProgress.start(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function readingJobs({ config, store, fal, views, log }: JobsPartOptions, archive: Archiving) {
  const { jobs, schedule, clock, signals } = store
  const owned = new AsyncDisposableStack()
  const watch = createJobWatch({ store: jobs, signals, log })
  owned.defer(() => watch.close())
  const withWholeResult = makeWithWholeResult({ store: jobs })
  const liveProgress = createLiveProgress({ watch, schedule, clock, log })
  owned.defer(() => liveProgress.stop())
  return {
    findJob: findWithPlace(makeFindJob({ store: jobs }), jobs),
    view: views.view,
    viewListed: views.viewListed,
    withWholeResult,
    watch,
    liveProgress,
    linkMedia: makeLinkMedia({
      archive: archive.files,
      clock,
      hasPublicUrl: config.appUrl !== null,
      ownLink: views.ownLink,
    }),
    logsOf: makeLogsOf({ fal: fal.client, clock }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface CreatingDeps {
  findJob: FindJob
  archive: Archiving
  callbacks: Callbacks
  models: Models
}

function creatingJobs(options: JobsPartOptions, { findJob, archive, callbacks, models }: CreatingDeps) {
  const { config, store, fal, views, secrets, log } = options
  const { clock, db } = store
  const { confirmAboveMicros, creditsEnforced, proxy } = config
  const priceJob = makePriceJob({
    models: models.book,
    livePrices: fal.livePrices.prices,
    creditsEnforced,
    unknownReserveMicros: config.creditsUnknownReserveMicros,
  })
  const quotes = createQuoteTokens(secrets.quote, hashOfJson)
  const createJob = makeCreateJob({
    checkCallbackUrl: callbacks.checkUrl,
    store: store.jobs,
    clock,
    view: views.view,
    priceJob,
    quotes,
    archiveByDefault: archive.archiveByDefault,
    usualSeconds: makeUsualSeconds({ lookUp: (endpointId) => medianSeconds(db, endpointId), clock, log }),
    confirmAboveMicros,
    traceparent: currentTraceparent,
    waitsForSlot: limitsSlots(config.slots),
  })
  return {
    createJob,
    createBatch: makeCreateBatch({ createJob }),
    retryJob: makeRetryJob({ findJob, createJob, store: store.jobs }),
    quoteJob: makeQuoteJob({ priceJob, quotes, clock, confirmAboveMicros }),
    proxySubmit: makeProxySubmit({ createJob, allowedModels: proxy.allowedModels }),
    checkUpload: makeCheckUpload({
      perMinute: proxy.uploadsPerMinute,
      availableMicros: creditsEnforced ? availableMicros(createCreditStore(db)) : null,
      clock,
    }),
  }
}

const availableMicros =
  (credits: CreditStore) =>
  async ({ clientId }: Client): Promise<number> => {
    const { balanceMicros, reservedMicros } = await credits.account({ clientId, userId: null })
    return balanceMicros - reservedMicros
  }

function runningJobs({ config, store, fal, memory, metrics, log }: JobsPartOptions, findJob: FindJob) {
  const { client, ruleCost, verifier } = fal
  const deps = { store: store.jobs, fal: client, clock: store.clock, ruleCost, log }
  const settleUncertain = makeSettleUncertain({
    ...deps,
    uncertainMs: config.submitUncertainMs,
    policy: config.submitUncertainPolicy,
  })
  const pollJob = makePollJob({ ...deps, settleUncertain, memory, logsByDefault: config.fal.logsByDefault })
  return {
    submitJob: makeSubmitJob({
      ...deps,
      random: Math.random,
      webhookUrl: (job) => webhookUrl(config, job),
      giveUpMs: config.submitGiveUpMs,
    }),
    pollJob,
    pollNow: makePollNow({ pollJob, clock: store.clock }),
    settleUncertain,
    settleCost: makeSettleCost({
      ...deps,
      schedule: store.schedule,
      charge: config.creditsSettle,
      unitPriceOf: makeUnitPriceOf({ fetchPrices: client.fetchPrices, clock: store.clock, log }),
    }),
    cancelJob: makeCancelJob({ findJob, store: store.jobs, pollJob }),
    judgeWebhookHeaders: measuredHeaders(
      makeJudgeHeaders({ verifier, accountId: config.fal.accountId }),
      metrics,
    ),
    receiveWebhook: measuredWebhook(
      makeReceiveWebhook({
        ...deps,
        memory,
        verifier,
        redact: client.redact,
        accountId: config.fal.accountId,
      }),
      metrics,
    ),
  }
}
