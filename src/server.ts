/**
 * The service as a process: starts configuration, database, migrations, HTTP and background work in order, and stops
 * them in reverse.
 */
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type App, buildApp } from './app.ts'
import { settleWithin } from './concurrency/timeouts.ts'
import { type Config, environmentOfProcess, readConfig } from './config/config.ts'
import { hasLiveKey } from './infra/postgres/clients/key-store.ts'
import { migrate } from './migrate.ts'
import { awaitDatabase, checkSessions } from './process/await-database.ts'
import { allowSlowAddresses } from './process/connect-attempts.ts'
import { startEmbeddedPostgres } from './process/embedded-postgres.ts'
import { guardFolderArchive } from './process/folder-archive-guard.ts'
import { listen } from './process/listen.ts'
import { plainFailure } from './process/plain-failure.ts'
import { readinessChecks } from './process/readiness.ts'
import { stopOnSignal } from './process/stop-on-signal.ts'
import { createServices, type Services } from './services.ts'
import { createLogger } from './telemetry/logger.ts'
import { startTracing } from './telemetry/tracing.ts'
import { checkArchiveAtStart } from './wiring/archive-store.ts'
import { readSharedSecrets } from './wiring/shared-secrets.ts'

/** A task or request in progress at SIGTERM has this long to finish; then it is released to another process, or cut. */
const graceMs = 6_000
/** Time for the application to notice closed connections. */
const cutMs = 250
/** Upper bound of the whole shutdown. */
const stopWithinMs = 8_000

export interface RunningService {
  /** e.g. http://127.0.0.1:3000 */
  url: string
  services: Services
  /** Stops taking requests and work, finishes or releases what runs, closes the database. */
  stop(): Promise<void>
}

/** Starts everything the configuration asks for and resolves when it can be used. A start that fails leaves nothing running. */
export async function startService(config: Config, log: Logger): Promise<RunningService> {
  for (const warning of config.warnings) log.warn(warning)
  await using started = new AsyncDisposableStack()
  allowSlowAddresses()
  const databaseUrl = config.databaseUrl ?? (await embeddedDatabase(config, log, started))
  const directUrl = config.databaseDirectUrl ?? databaseUrl
  for (const url of new Set([databaseUrl, directUrl]))
    await awaitDatabase(url, { log, withinMs: config.databaseWaitMs })
  // The embedded database is reached directly.
  if (config.databaseUrl !== null)
    await checkSessions(databaseUrl, { log, hasDirectUrl: config.databaseDirectUrl !== null })
  await migrate(directUrl, log)
  const services = await createServices(config, databaseUrl, log, await readSharedSecrets(databaseUrl, log))
  started.defer(() => services.stop(graceMs))
  const { store, fal, jobs, worker } = services
  await guardFolderArchive(config, { archive: jobs.archive.files, index: jobs.archive.index }, log)
  await services.start()
  if (!(await hasLiveKey(store.db, store.clock.now())))
    log.warn(
      'no API key is valid, so every call will be refused: set BOOTSTRAP_API_KEY to a new key and restart; `fal-jobs keys create --name …` then creates others',
    )
  started.defer(checkArchiveAtStart(jobs.archive.files, log))
  const checks = readinessChecks({
    role: config.role,
    db: store.db,
    archive: jobs.archive.files,
    worker,
    verifier: fal.verifier,
  })
  const app = await buildApp(services, checks)
  // Side by side: a slow download must not keep the tasks from being released in time.
  started.defer(async () => {
    await Promise.all([services.rest(graceMs), closeWithin(app, graceMs)])
  })
  const port = await listen(app, config)
  const url = `http://${config.host === '0.0.0.0' ? '127.0.0.1' : config.host}:${port}`
  log.info(
    { url, role: config.role, fal: config.fal.queueBase, archive: jobs.archive.files.kind },
    'fal-jobs is ready',
  )
  // From here on the caller stops it, in reverse order: HTTP, background work, database.
  const running = started.move()
  return { url, services, stop: () => running.disposeAsync() }
}

async function closeWithin(app: App, ms: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), ms)
  // A last write of a route may never complete.
  await settleWithin(app.close(), ms + cutMs)
  clearTimeout(timer)
}

async function embeddedDatabase(config: Config, log: Logger, started: AsyncDisposableStack): Promise<string> {
  const embedded = await startEmbeddedPostgres({
    dir: join(config.dataDir, 'postgres'),
    log,
    mustLast: config.production,
  })
  started.defer(() => embedded.stop())
  return embedded.url
}

/** Runs the service until a signal; a start that fails says why in plain words and ends the process with 1. */
export async function serve(): Promise<void> {
  await startFromEnvironment().catch((error: unknown) => {
    // The logger may not exist yet.
    process.stderr.write(plainFailure('fal-jobs could not start', error))
    process.exit(1)
  })
}

async function startFromEnvironment(): Promise<void> {
  const config = readConfig()
  const secrets = secretsOf(config)
  const log = createLogger({ level: config.logLevel, secrets })
  const tracing = await startTracing(environmentOfProcess())
  const starting = startService(config, log)
  // Handle signals before the start: a process that is stopped while it starts may have tasks to release.
  stopOnSignal({ delay: stopWithinMs, logger: log, skip: ['SIGHUP'] }, async ({ err, signal }) => {
    if (err !== undefined) log.fatal({ err }, 'uncaught error: stopping')
    else log.info({ signal }, 'stopping')
    const started = await starting.catch(() => null)
    await started?.stop()
    await tracing.stop()
    log.info('stopped')
  })
  // Handle SIGHUP before the start as well: unhandled it would end the process. The keys are reread once the service
  // runs.
  process.on('SIGHUP', () => {
    starting.then(
      (service) => readKeysAgain(service, secrets, log),
      () => undefined,
    )
  })
  await starting
}

/** The FAL keys of the configuration as it is now, chiefly of FAL_KEY_FILE and FAL_KEY_NEW_FILE; nothing else changes. */
function readKeysAgain(service: RunningService, secrets: (string | null)[], log: Logger): void {
  try {
    const config = readConfig()
    secrets.push(config.fal.key, config.fal.keyNew)
    service.services.fal.useKeys(config)
    log.info({ rotating: config.fal.keyNew !== null }, 'FAL keys read again')
  } catch (error) {
    log.error({ err: error }, 'FAL keys could not be read again: the old ones stay in use')
  }
}

/** The secrets of the configuration, which must never be logged. */
export function secretsOf(config: Config): (string | null)[] {
  const {
    fal,
    archive,
    bootstrapApiKey,
    metricsToken,
    billingKey,
    databaseUrl,
    databaseDirectUrl,
    outgoingProxy,
  } = config
  const withPassword = [databaseUrl, databaseDirectUrl, outgoingProxy.url].flatMap((url) =>
    url === null ? [] : [url, decodeURIComponent(URL.parse(url)?.password ?? '')],
  )
  return [
    fal.key,
    fal.keyNew,
    billingKey,
    archive.s3.secretAccessKey,
    bootstrapApiKey,
    metricsToken,
    ...withPassword,
  ]
}

if (import.meta.main) await serve()
