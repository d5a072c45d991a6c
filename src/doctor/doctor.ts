/**
 * The doctor's checks, each of one thing the service depends on: they change nothing but a probe object that is
 * deleted again.
 */

import { Agent, buildConnector } from 'undici'
import type { Config } from '../config/config.ts'
import { createWebhookVerifier } from '../infra/fal/fal-webhook-verifier.ts'
import { viaProxy } from '../infra/outbound/proxy-tunnel.ts'
import { judgeSessions, probeSessions } from '../infra/postgres/connection/probe-sessions.ts'
import type { Logger } from '../ports/logger.ts'
import { createArchive } from '../wiring/archive-store.ts'
import { checkArchive } from './check-archive.ts'
import { checkDatabase, checkMigrations } from './check-database.ts'
import { checkFalKey } from './check-fal-key.ts'
import { type CheckResult, ok, warn } from './check-result.ts'
import { checkWebhookPath } from './check-webhook-path.ts'
import { renderOnce } from './render-once.ts'

export interface Check extends CheckResult {
  name: string
  ms: number
}

const connectTimeoutMs = 5_000

/** FAL's signatures are good for ±300 s: a clock that is off by a good part of that will soon refuse all of them. */
const worstClockMs = 30_000

/** Runs them in order; a check that throws has failed. `isRendering`: one picture is made at FAL, too, and paid for. */
export async function runChecks(
  config: Config,
  log: Logger,
  report: (check: Check) => void,
  isRendering = false,
): Promise<void> {
  for (const warning of config.warnings)
    report({
      name: 'configuration',
      ...warn(warning, 'Correct it as described in the README ("Configuration").'),
      ms: 0,
    })
  let reached = true
  const steps: [string, () => Promise<CheckResult>][] = [
    ['database', () => checkDatabase(config.databaseUrl)],
    ...(config.databaseDirectUrl === null ? [] : [directStep(config.databaseDirectUrl)]),
    ['sessions', async () => (reached ? checkSessions(config) : unreached)],
    ['migrations', async () => (reached ? checkMigrations(config.databaseUrl) : unreached)],
    ['outgoing', async () => ok(wayOut(config.outgoingProxy))],
    ['archive', async () => checkArchive(await createArchive(config), config)],
    ['FAL_KEY', () => checkKey('FAL_KEY', config.fal.key, config)],
    ...(config.fal.keyNew === null ? [] : [newKeyStep(config.fal.keyNew, config)]),
    ['key set', () => checkKeySet(config, log)],
    ['webhook', () => checkWebhookPath(config.appUrl, config.fal.webhookPath)],
    ...(isRendering ? [renderStep(config, log)] : []),
  ]
  for (const [name, check] of steps) {
    const begun = performance.now()
    const finding = await check().catch((error: unknown): CheckResult => {
      const detail = error instanceof Error ? error.message : String(error)
      return { status: 'failed', detail, remedy: 'Unexpected: see the detail.' }
    })
    if (name === 'database') reached = finding.status !== 'failed'
    report({ name, ...finding, ms: performance.now() - begun })
  }
}

const directStep = (url: string): [string, () => Promise<CheckResult>] => [
  'direct database',
  () => checkDatabase(url),
]

/** Whether a pooler stands in between, and whether it is fit for the service. */
async function checkSessions({ databaseUrl, databaseDirectUrl }: Config): Promise<CheckResult> {
  if (databaseUrl === null) return { status: 'skipped', detail: 'DATABASE_URL is not set', remedy: null }
  const probe = await probeSessions(databaseUrl)
  const { refusal, warnings } = judgeSessions(probe, databaseDirectUrl !== null)
  const remedy = 'See "Poolers" in docs/databases.md.'
  if (refusal !== null) return { status: 'failed', detail: refusal, remedy }
  if (warnings.length > 0) return warn(warnings.join('; '), remedy)
  return ok(probe.isShared ? 'a pooler in transaction mode that keeps prepared statements' : 'its own')
}

const renderStep = (config: Config, log: Logger): [string, () => Promise<CheckResult>] => [
  'render',
  () => renderOnce(config, log),
]

/** Without the password that the address of a proxy may hold. */
function wayOut({ url, except }: Config['outgoingProxy']): string {
  if (url === null) return 'connections go out directly (HTTPS_PROXY is not set)'
  const direct = except.length === 0 ? 'the loopback' : `the loopback and ${except.join(', ')}`
  return `connections go out through ${new URL(url).host}, except to ${direct}`
}

const unreached: CheckResult = {
  status: 'skipped',
  detail: 'skipped: fix the database first',
  remedy: null,
}

const newKeyStep = (key: string, config: Config): [string, () => Promise<CheckResult>] => [
  'FAL_KEY_NEW',
  () => checkKey('FAL_KEY_NEW', key, config),
]

async function checkKey(name: string, key: string, config: Config): Promise<CheckResult> {
  const { httpStatus, trouble, clockAheadMs } = await checkFalKey({
    key,
    platformBase: config.fal.platformBase,
    proxy: config.outgoingProxy,
  })
  if (httpStatus === 401 || httpStatus === 403) {
    return {
      status: 'failed',
      detail: `FAL refuses it (${httpStatus})`,
      remedy:
        name === 'FAL_KEY' && config.fal.keyNew !== null
          ? 'If FAL accepts FAL_KEY_NEW, set FAL_KEY to it and unset FAL_KEY_NEW.'
          : `Make a key with API scope at https://fal.ai/dashboard/keys and set ${name}.`,
    }
  }
  if (httpStatus === null || httpStatus >= 400) {
    return {
      status: 'failed',
      detail: `${config.fal.platformBase} gave no usable answer (${trouble ?? httpStatus})`,
      remedy: 'Check outgoing network access (https, DNS, proxy) and https://status.fal.ai.',
    }
  }
  if (clockAheadMs !== null && Math.abs(clockAheadMs) > worstClockMs) {
    return {
      status: 'warning',
      detail: `FAL accepts it, but this machine's clock is off by ${Math.round(Math.abs(clockAheadMs) / 1000)} s`,
      remedy:
        "Set the clock by NTP. The service goes by the database's clock: webhooks are refused only when that one is off.",
    }
  }
  return ok('FAL accepts it')
}

async function checkKeySet(config: Config, log: Logger): Promise<CheckResult> {
  const { jwksUrl, allowLoopback } = config.fal
  const direct = buildConnector({ timeout: connectTimeoutMs })
  const dispatcher = new Agent({ connect: viaProxy(config.outgoingProxy, direct, connectTimeoutMs) })
  const verifier = createWebhookVerifier({
    jwksUrl,
    allowLoopback,
    clock: { now: Date.now },
    log,
    dispatcher,
  })
  await verifier.warm()
  await dispatcher.close()
  const { keys, lastError } = verifier.state()
  if (keys > 0) return ok(`${keys} ${keys === 1 ? 'key' : 'keys'} from ${jwksUrl}`)
  return {
    status: 'failed',
    detail: `no keys from ${jwksUrl}: ${lastError ?? 'it is empty'}`,
    remedy: 'Allow outgoing https to it, or correct FAL_JWKS_URL; without keys no webhook can be believed.',
  }
}
