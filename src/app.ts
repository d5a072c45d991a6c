/** Builds the HTTP application from the services: plugins and routes in reading order, the scopes that guard them. */
import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyInstance, fastify, LogController } from 'fastify'
import { completeDocument } from './http/openapi/complete-document.ts'
import { openApiUnder, refResolver } from './http/openapi/openapi.ts'
import { requireKey } from './http/plugins/auth.ts'
import { answerParserError, refuseCodings, refuseExpectations } from './http/plugins/below-routes.ts'
import { refuseBadBodies } from './http/plugins/body-problems.ts'
import { corsPlugin } from './http/plugins/cors.ts'
import { admitByMemory } from './http/plugins/memory.ts'
import { pathPrefixPlugin, prefixOf } from './http/plugins/path-prefix.ts'
import { problemsPlugin, refuseAddress } from './http/plugins/problems.ts'
import { requireProxyKey } from './http/plugins/proxy-auth.ts'
import { limitRate } from './http/plugins/rate-limit.ts'
import { requestContextPlugin } from './http/plugins/request-context.ts'
import { requestMetricsPlugin } from './http/plugins/request-metrics.ts'
import { serializationPlugin } from './http/plugins/serialization.ts'
import { shed } from './http/plugins/shedding.ts'
import { stoppingPlugin } from './http/plugins/stopping.ts'
import { refuseUnstorableText } from './http/plugins/storable-text.ts'
import { tooLargePlugin } from './http/plugins/too-large.ts'
import { validationPlugin } from './http/plugins/validation.ts'
import { callbackSecretRoutes } from './http/routes/callback-secret-routes.ts'
import { callbackRoutes } from './http/routes/callbacks-routes.ts'
import { clientPolicyRoutes } from './http/routes/client-policy-routes.ts'
import { creditRoutes } from './http/routes/credits-routes.ts'
import { deadLetterRoutes } from './http/routes/dead-letters-routes.ts'
import { falProxyRoutes } from './http/routes/fal-proxy-routes.ts'
import { falWebhookRoutes } from './http/routes/fal-webhook-routes.ts'
import { fileRoutes } from './http/routes/files-routes.ts'
import { jobActionRoutes } from './http/routes/job-actions-routes.ts'
import { jobBatchRoutes } from './http/routes/job-batch-routes.ts'
import { jobEventRoutes } from './http/routes/job-events-routes.ts'
import { jobInputRoutes } from './http/routes/job-input-routes.ts'
import { jobMediaRoutes } from './http/routes/job-media-routes.ts'
import { jobRoutes } from './http/routes/jobs-routes.ts'
import { keyRoutes } from './http/routes/keys-routes.ts'
import { modelRoutes } from './http/routes/models-routes.ts'
import { quoteRoutes } from './http/routes/quotes-routes.ts'
import { docsRoutes } from './http/routes/service/docs-routes.ts'
import { errorCatalogueRoutes } from './http/routes/service/error-catalogue-routes.ts'
import { healthRoutes, type ReadinessCheck } from './http/routes/service/health-routes.ts'
import { metricsRoutes } from './http/routes/service/metrics-routes.ts'
import { documentRoutes } from './http/routes/service/openapi-document-routes.ts'
import { tokenRoutes } from './http/routes/tokens-routes.ts'
import { usageRoutes } from './http/routes/usage-routes.ts'
import {
  callbackInFullSchema,
  callbackSchema,
  callbackSecretSchema,
  callbackTestSchema,
  newCallbackSecretSchema,
} from './http/schemas/callback-schema.ts'
import { clientPolicySchema } from './http/schemas/client-policy-schema.ts'
import { createBody } from './http/schemas/create-job-body.ts'
import { creditsSchema, ledgerEntrySchema } from './http/schemas/credits-schema.ts'
import { deadLetterSchema } from './http/schemas/dead-letter-schema.ts'
import { eventSchema, jobSchema } from './http/schemas/job-schema.ts'
import { keySchema, newKeySchema } from './http/schemas/key-schema.ts'
import { modelSchema, modelSummarySchema } from './http/schemas/model-schema.ts'
import { problemSchema } from './http/schemas/problem-schema.ts'
import { priceSchema, quoteSchema } from './http/schemas/quote-schema.ts'
import { createEventStreams, type EventStreams } from './http/streams/event-stream.ts'
import { contentDisposition } from './infra/archive/content-disposition.ts'
import { viewEvent } from './jobs/read/job-view.ts'
import { keyTopic } from './ports/keys.ts'
import { collectSooner } from './process/heap-growth.ts'
import type { Services } from './services.ts'
import { withLogFields } from './telemetry/log-context.ts'

export type App = Awaited<ReturnType<typeof buildApp>>

/** Body limit of routes that set none of their own. */
const bodyLimit = 64 * 1024
/** Of unverified webhooks, which may take a quarter of the memory budget at most. */
const mostWebhookBytes = 128 * 1024 * 1024
/** Time limit for receiving a request: enough for 10 MB on a slow line, too short to hold idle connections. */
const requestTimeoutMs = 120_000

export async function buildApp(services: Services, checks: ReadinessCheck[]) {
  const { config, jobs, access, log } = services
  const app = createServer(services)
  await app.register(validationPlugin)
  await app.register(serializationPlugin)
  await app.register(problemsPlugin)
  await app.register(tooLargePlugin)
  await app.register(corsPlugin, { origins: config.corsOrigins })
  await app.register(requestContextPlugin, { withLogFields })
  await app.register(requestMetricsPlugin, { observe: services.metrics.request })
  const { watch } = jobs.read
  const { isLiveKey } = access
  const streams = createEventStreams({
    watch,
    view: viewEvent,
    isLiveKey,
    onKeysChanged: (listener) => services.store.signals.subscribe(keyTopic, listener),
    log,
    crowded: collectSooner,
  })
  await app.register(stoppingPlugin, {
    close() {
      watch.close()
      streams.close()
    },
  })
  for (const schema of namedSchemas) app.addSchema(schema)
  const prefix = prefixOf(config.appUrl)
  await app.register(pathPrefixPlugin, { prefix })
  await app.register(swagger, {
    openapi: openApiUnder(prefix),
    refResolver,
    transformObject: completeDocument,
  })

  await app.register(healthRoutes, { checks })
  await app.register(metricsRoutes, { expose: services.exposeMetrics, token: config.metricsToken })
  await app.register(documentRoutes)
  await app.register(docsRoutes, { prefixOfProxy: prefix })
  await app.register(errorCatalogueRoutes)
  await app.register(falWebhookRoutes, {
    receiveWebhook: jobs.run.receiveWebhook,
    judgeHeaders: jobs.run.judgeWebhookHeaders,
    senderOf: services.fal.webhookSenderOf,
    path: config.fal.webhookPath,
    clock: services.store.clock,
    mostBytesInAll: Math.min(services.memory.totalBytes / 4, mostWebhookBytes),
  })
  await app.register(fileRoutes, {
    archive: jobs.archive.files,
    verifyLink: services.views.signer.verify,
    disposition: contentDisposition,
  })
  await app.register((api) => registerApi(api, services, streams))
  await app.register((proxy) => registerFalProxy(proxy, services))
  return app
}

function createServer({ config, log }: Services) {
  const app = fastify({
    loggerInstance: log,
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: config.keepAliveMs,
    trustProxy: trusted(config.trustProxy),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    logController: new LogController({ requestIdLogLabel: 'requestId' }),
    forceCloseConnections: 'idle',
    // The stopping plugin answers it as a problem document.
    return503OnClosing: false,
    frameworkErrors: refuseAddress,
    clientErrorHandler: answerParserError(randomUUID),
    // A signed link names its file in one path segment.
    routerOptions: { maxParamLength: 4096 },
  }).withTypeProvider<TypeBoxTypeProvider>()
  refuseExpectations(app.server, randomUUID)
  app.addHook('onRequest', refuseCodings)
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
    // Answers hold prompts, results and links: no cache on the way keeps them.
    if (isOfApi(request.url) && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    done(null, payload)
  })
  return app
}

const isOfApi = (url: string): boolean => url.startsWith('/api/')

/** In the order of the OpenAPI document. */
const namedSchemas = [
  problemSchema,
  jobSchema,
  eventSchema,
  createBody,
  creditsSchema,
  ledgerEntrySchema,
  modelSchema,
  modelSummarySchema,
  priceSchema,
  quoteSchema,
  keySchema,
  newKeySchema,
  clientPolicySchema,
  callbackSchema,
  callbackInFullSchema,
  callbackTestSchema,
  callbackSecretSchema,
  newCallbackSecretSchema,
  deadLetterSchema,
]

/** The service's own API: everything in it requires a key, or a job token where accepted. */
async function registerApi(api: FastifyInstance, services: Services, streams: EventStreams): Promise<void> {
  const { config, store, jobs, access } = services
  const { clock } = store
  const { findJob, view, viewListed, watch, linkMedia, logsOf, withWholeResult } = jobs.read
  const { createJob, createBatch, quoteJob, retryJob } = jobs.create
  const { archiveAgain, eraseJob } = jobs
  refuseUnstorableText(api)
  await shedLoad(api, services)
  requireKey(api, access)
  admitByMemory(api, services.memory, services.metrics.shed)
  refuseBadBodies(api)
  limitRate(api, { clock, perSecond: config.rateLimitPerSecond })
  api.addHook('onClose', () => access.usage.flush())
  await api.register(modelRoutes, { directory: jobs.models.directory })
  await api.register(quoteRoutes, { quoteJob })
  await api.register(jobRoutes, {
    createJob,
    findJob,
    watch,
    store: store.jobs,
    logsOf,
    view,
    viewListed,
    withWholeResult,
    logsByDefault: config.fal.logsByDefault,
  })
  await api.register(jobBatchRoutes, { createBatch })
  await api.register(jobEventRoutes, { findJob, store: store.jobs, streams })
  const { pollNow, cancelJob } = jobs.run
  await api.register(jobActionRoutes, {
    findJob,
    pollNow,
    cancelJob,
    retryJob,
    archiveAgain,
    eraseJob,
    view,
  })
  await api.register(jobInputRoutes, { findJob, store: store.jobs })
  await api.register(jobMediaRoutes, { findJob, linkMedia })
  await api.register(creditRoutes, { credits: jobs.credits })
  await api.register(usageRoutes, { reportUsage: jobs.usage.report })
  await api.register(tokenRoutes, { findJob, jobTokens: access.jobTokens, clock })
  await api.register(callbackSecretRoutes, { callbacks: jobs.callbacks.store })
  const { testCallback } = jobs.callbacks
  await api.register(callbackRoutes, { callbacks: jobs.callbacks.store, testCallback, clock })
  await api.register(deadLetterRoutes, { deadLetters: jobs.deadLetters })
  await api.register(keyRoutes, { createKey: access.createKey, keyAdmin: access.keyAdmin })
  await api.register(clientPolicyRoutes, { policies: jobs.archive.policies })
}

/** A scope of its own: FAL's client shows its key in other places and reads errors in FAL's form. */
async function registerFalProxy(proxy: FastifyInstance, services: Services): Promise<void> {
  const { config, store, fal, jobs, access } = services
  const { clock } = store
  refuseUnstorableText(proxy)
  await shedLoad(proxy, services)
  requireProxyKey(proxy, access)
  admitByMemory(proxy, services.memory, services.metrics.shed)
  limitRate(proxy, { clock, perSecond: config.rateLimitPerSecond })
  await proxy.register(falProxyRoutes, {
    proxySubmit: jobs.create.proxySubmit,
    findJob: jobs.read.findJob,
    cancelJob: jobs.run.cancelJob,
    watch: jobs.read.watch,
    logsOf: jobs.read.logsOf,
    isLiveKey: access.isLiveKey,
    storage: fal.client,
    checkUpload: jobs.create.checkUpload,
    view: jobs.read.view,
    withWholeResult: jobs.read.withWholeResult,
    clock,
    archiveWaitMs: config.proxy.archiveWaitMs,
    runWaitMs: config.proxy.runWaitMs,
    publicUrl: config.appUrl,
  })
}

const shedLoad = (scope: FastifyInstance, { config, store, metrics }: Services): Promise<void> =>
  shed(scope, {
    limits: config.shed,
    databaseWaiting: () => store.connections().waiting,
    isBacklogAbove: store.isBacklogAbove,
    shed: metrics.shed,
  })

/** A number is the count of trusted proxies, nearest first. */
function trusted(proxies: Services['config']['trustProxy']) {
  return typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies
}

/** Keeps a caller's request id when it is well-formed, so that both sides can find the same request. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}
