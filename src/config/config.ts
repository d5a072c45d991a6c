/** The whole configuration, read once from the environment; a bad start names every wrong variable. */
import type { TObject, TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isFalBase } from '../domain/fal-base.ts'
import { type Environment, environmentSchema, isTraced } from './environment.ts'
import { formProblems, list } from './forms.ts'
import { withSecretFiles } from './secret-files.ts'
import { misspeltNames, oddities, shortestBootstrapKey } from './warnings.ts'

export interface Config {
  host: string
  port: number
  logLevel: string
  role: 'all' | 'api' | 'worker'
  appUrl: string | null
  /** A number of hops or addresses; false believes nobody. */
  trustProxy: false | number | string[]
  corsOrigins: string[]
  proxy: { allowedModels: string[]; archiveWaitMs: number }
  bootstrapApiKey: string | null
  rateLimitPerSecond: number
  databaseUrl: string | null
  databasePoolSize: number
  /** Days; 0 = for good. */
  keepDays: { events: number; webhooks: number; idempotency: number; callbacks: number }
  dataDir: string
  /** Nothing that is only good for trying is accepted. */
  production: boolean
  fal: {
    key: string
    keyNew: string | null
    queueBase: string
    apiBase: string
    platformBase: string
    jwksUrl: string
    timeoutMs: number
    logsByDefault: boolean
    webhookPath: string
    accountId: string | null
    allowLoopback: boolean
  }
  pollMaxMs: number
  submitUncertainMs: number
  submitUncertainPolicy: 'fail' | 'resubmit'
  submitGiveUpMs: number
  turns: { inAll: number; perClient: number }
  /** Above these, requests are refused with 503; 0 = never. */
  shed: { eventLoopDelayMs: number; databaseWaiting: number; pendingJobs: number }
  confirmAboveMicros: number | null
  creditsEnforced: boolean
  archive: {
    bucket: string | null
    dir: string
    allowedHosts: string[]
    maxBytes: number
    allowedTypes: string[]
    concurrency: number
    hostConcurrency: number
    minBytesPerSecond: number
    /** Without slashes at its ends; empty for none. */
    keyPrefix: string
    publicBaseUrl: string | null
    cacheControl: string | null
    s3: {
      endpoint: string | null
      region: string
      accessKeyId: string | null
      secretAccessKey: string | null
      forcePathStyle: boolean
      serverSideEncryption: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | null
      kmsKeyId: string | null
      storageClass: string | null
      checksums: 'required' | 'supported'
    }
  }
  callbackAllowPrivate: boolean
  /** Whether traces are sent (OTEL_EXPORTER_OTLP_ENDPOINT); the SDK reads the rest of its standard variables itself. */
  tracing: boolean
  /** What is odd and no reason not to start, a sentence each; no secret is in them. */
  warnings: string[]
}

export class ConfigError extends Error {
  readonly problems: string[]

  constructor(problems: string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'an error' : `${problems.length} errors`}:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** The environment of this process, for commands that lay their own values over it. Nothing else reads it. */
export const environmentOfProcess = (): Record<string, string | undefined> => process.env

/** Reads the configuration from an environment. Throws ConfigError that lists every problem; values of secrets are not shown. */
export function readConfig(given = environmentOfProcess()): Config {
  const { environment, problems: unreadable } = withSecretFiles(given)
  const raw = convert(environment)
  const problems = [...Value.Errors(environmentSchema, raw)].map((error) => {
    const name = error.path.slice(1).split('/')[0] ?? ''
    return `${name}: ${expectation(name)}, but is ${shown(name, environment[name])}`
  })
  if (problems.length > 0)
    throw new ConfigError([
      ...new Set([...unreadable, ...problems]),
      ...crossProblems(raw as Partial<Environment>).filter((problem) => !isOfUnread(problem, unreadable)),
      ...misspeltNames(given),
    ])
  const env = raw as Environment
  const cross = [...unreadable, ...crossProblems(env).filter((problem) => !isOfUnread(problem, unreadable))]
  if (cross.length > 0) throw new ConfigError([...cross, ...misspeltNames(given)])
  const warnings = [...oddities(env), ...misspeltNames(given)]
  return { ...assemble(env), tracing: isTraced(given), warnings }
}

/** NAME is missing only because its NAME_FILE could not be read, which is told already. */
const isOfUnread = (problem: string, unreadable: string[]): boolean =>
  unreadable.some((told) =>
    problem
      .split(': ', 1)[0]
      ?.split(' and ')
      .includes(told.replace(/_FILE: .*/s, '')),
  )

/** Empty means unset; numbers and flags are read from their text; aliases fill in. */
function convert(environment: Record<string, string | undefined>): Record<string, unknown> {
  const raw: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries((environmentSchema as TObject).properties)) {
    const value =
      environment[name]?.trim() || (name === 'APP_URL' ? environment.NEXT_PUBLIC_APP_URL?.trim() : undefined)
    raw[name] = value ? parse(schema, value) : schema.default
    if (raw[name] === undefined) delete raw[name]
  }
  return raw
}

function parse(schema: TSchema, value: string): unknown {
  if (schema.type === 'integer' || schema.type === 'number') {
    return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
  }
  if (schema.type === 'boolean') {
    if (['1', 'true', 'yes', 'on'].includes(value.toLowerCase())) return true
    return ['0', 'false', 'no', 'off'].includes(value.toLowerCase()) ? false : value
  }
  return value
}

function crossProblems(env: Partial<Environment>): string[] {
  const problems: string[] = []
  const loopback = env.FAL_ALLOW_LOOPBACK === true
  if (env.FAL_KEY === undefined && env.FAL_API_KEY === undefined) {
    problems.push('FAL_KEY: must be your FAL API key (`id:secret`), but neither it nor FAL_API_KEY is set')
  }
  if (loopback && env.NODE_ENV === 'production') {
    problems.push('FAL_ALLOW_LOOPBACK: must be unset when NODE_ENV=production')
  }
  if (env.NODE_ENV === 'production' && (env.BOOTSTRAP_API_KEY?.length ?? Infinity) < shortestBootstrapKey) {
    problems.push(
      `BOOTSTRAP_API_KEY: must have at least ${shortestBootstrapKey} characters when NODE_ENV=production (\`openssl rand -base64 32\` makes one)`,
    )
  }
  for (const name of ['FAL_QUEUE_BASE', 'FAL_API_BASE', 'FAL_PLATFORM_BASE'] as const) {
    const value = env[name]
    if (value === undefined || isFalBase(value, loopback)) continue
    const rule = 'must be an https URL whose host ends in .fal.ai or .fal.run'
    const hint = isFalBase(value, true) ? ' (set FAL_ALLOW_LOOPBACK=1 to use a local simulator)' : ''
    problems.push(`${name}: ${rule}, but is "${value}"${hint}`)
  }
  if (env.FAL_JWKS_URL !== undefined && !isWebUrl(env.FAL_JWKS_URL, loopback)) {
    problems.push(`FAL_JWKS_URL: must be an https URL, but is "${env.FAL_JWKS_URL}"`)
  }
  for (const name of ['APP_URL', 'S3_ENDPOINT', 'ARCHIVE_PUBLIC_BASE_URL'] as const) {
    const value = env[name]
    if (value !== undefined && !isWebUrl(value, true, true)) {
      problems.push(`${name}: must be an http(s) URL without query, but is "${value}"`)
    }
  }
  if (env.DATABASE_URL !== undefined && !/^postgres(ql)?:\/\//.test(env.DATABASE_URL)) {
    problems.push('DATABASE_URL: must begin with postgres:// or postgresql://')
  }
  if ((env.S3_ACCESS_KEY_ID === undefined) !== (env.S3_SECRET_ACCESS_KEY === undefined)) {
    problems.push('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: must be set together or not at all')
  }
  if (env.ARCHIVE_BUCKET !== undefined && env.S3_ENDPOINT === undefined && env.S3_REGION === 'auto') {
    problems.push(
      'S3_REGION: must name the region of the bucket (e.g. eu-central-1) when S3_ENDPOINT is not set',
    )
  }
  if (env.S3_KMS_KEY_ID !== undefined && env.S3_SERVER_SIDE_ENCRYPTION?.startsWith('aws:kms') !== true) {
    problems.push('S3_KMS_KEY_ID: needs S3_SERVER_SIDE_ENCRYPTION=aws:kms (or aws:kms:dsse)')
  }
  return [...problems, ...formProblems(env)]
}

function isWebUrl(value: string, loopbackHttp: boolean, anyHttp = false): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false
  if (url.protocol === 'https:') return true
  const local = url.hostname === '127.0.0.1' || url.hostname === 'localhost' || url.hostname === '[::1]'
  return url.protocol === 'http:' && (anyHttp || (loopbackHttp && local))
}

function assemble(env: Environment): Omit<Config, 'warnings' | 'tracing'> {
  const apiBase = trimmed(env.FAL_API_BASE)
  return {
    host: env.HOST,
    port: env.PORT,
    logLevel: String(env.LOG_LEVEL),
    role: env.ROLE,
    appUrl: env.APP_URL === undefined ? null : trimmed(env.APP_URL),
    trustProxy: trustedProxies(env.TRUST_PROXY),
    corsOrigins: list(env.CORS_ORIGINS),
    proxy: {
      allowedModels: list(env.PROXY_ALLOWED_MODELS),
      archiveWaitMs: env.PROXY_ARCHIVE_WAIT_SECONDS * 1000,
    },
    bootstrapApiKey: env.BOOTSTRAP_API_KEY ?? null,
    rateLimitPerSecond: env.RATE_LIMIT_PER_SECOND,
    databaseUrl: env.DATABASE_URL ?? null,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    keepDays: {
      events: env.EVENT_RETENTION_DAYS,
      webhooks: env.WEBHOOK_RETENTION_DAYS,
      idempotency: env.IDEMPOTENCY_RETENTION_DAYS,
      callbacks: env.CALLBACK_RETENTION_DAYS,
    },
    dataDir: env.DATA_DIR,
    production: env.NODE_ENV === 'production',
    fal: {
      key: env.FAL_KEY ?? env.FAL_API_KEY ?? '',
      keyNew: env.FAL_KEY_NEW ?? null,
      queueBase: trimmed(env.FAL_QUEUE_BASE),
      apiBase,
      platformBase: trimmed(env.FAL_PLATFORM_BASE),
      jwksUrl: env.FAL_JWKS_URL ?? `${apiBase}/.well-known/jwks.json`,
      timeoutMs: env.FAL_TIMEOUT_MS,
      logsByDefault: env.FAL_QUEUE_LOGS_DEFAULT,
      webhookPath: env.FAL_WEBHOOK_PATH,
      accountId: env.FAL_ACCOUNT_ID ?? null,
      allowLoopback: env.FAL_ALLOW_LOOPBACK,
    },
    pollMaxMs: env.POLL_MAX_SECONDS * 1000,
    submitUncertainMs: env.SUBMIT_UNCERTAIN_SECONDS * 1000,
    submitUncertainPolicy: env.SUBMIT_UNCERTAIN_POLICY,
    submitGiveUpMs: env.SUBMIT_GIVE_UP_SECONDS * 1000,
    turns: { inAll: env.FAL_MAX_IN_FLIGHT, perClient: env.FAL_MAX_IN_FLIGHT_PER_CLIENT },
    shed: {
      eventLoopDelayMs: env.SHED_EVENT_LOOP_DELAY_MS,
      databaseWaiting: env.SHED_DATABASE_WAITING,
      pendingJobs: env.SHED_PENDING_JOBS,
    },
    confirmAboveMicros: env.CONFIRM_ABOVE_MICROS ?? null,
    creditsEnforced: env.CREDITS === 'enforced',
    archive: {
      bucket: env.ARCHIVE_BUCKET ?? null,
      dir: env.ARCHIVE_DIR ?? `${trimmed(env.DATA_DIR)}/archive`,
      allowedHosts: list(env.ARCHIVE_ALLOWED_HOSTS),
      maxBytes: env.ARCHIVE_MAX_BYTES,
      allowedTypes: list(env.ARCHIVE_ALLOWED_TYPES).map((type) => type.toLowerCase()),
      concurrency: env.ARCHIVE_CONCURRENCY,
      hostConcurrency: env.ARCHIVE_HOST_CONCURRENCY,
      minBytesPerSecond: env.ARCHIVE_MIN_BYTES_PER_SECOND,
      keyPrefix: trimmed(env.ARCHIVE_KEY_PREFIX ?? ''),
      publicBaseUrl: env.ARCHIVE_PUBLIC_BASE_URL === undefined ? null : trimmed(env.ARCHIVE_PUBLIC_BASE_URL),
      cacheControl: env.ARCHIVE_CACHE_CONTROL ?? null,
      s3: {
        endpoint: env.S3_ENDPOINT ?? null,
        region: env.S3_REGION,
        accessKeyId: env.S3_ACCESS_KEY_ID ?? null,
        secretAccessKey: env.S3_SECRET_ACCESS_KEY ?? null,
        forcePathStyle: env.S3_FORCE_PATH_STYLE,
        serverSideEncryption: env.S3_SERVER_SIDE_ENCRYPTION ?? null,
        kmsKeyId: env.S3_KMS_KEY_ID ?? null,
        storageClass: env.S3_STORAGE_CLASS ?? null,
        checksums: env.S3_CHECKSUMS,
      },
    },
    callbackAllowPrivate: env.CALLBACK_ALLOW_PRIVATE,
  }
}

const trimmed = (url: string): string => url.replace(/\/+$/, '')

const secret = /KEY|SECRET|DATABASE_URL/

function shown(name: string, value: string | undefined): string {
  if (value === undefined || value === '') return 'not set'
  return secret.test(name) ? 'something else (not shown: it is a secret)' : `"${value}"`
}

/** What a variable should be, in words, from its schema. */
function expectation(name: string): string {
  const schema: TSchema | undefined = (environmentSchema as TObject).properties[name]
  if (schema === undefined) return 'must be known'
  if (Array.isArray(schema.anyOf)) {
    return `must be one of ${schema.anyOf.map((option: TSchema) => String(option.const)).join(', ')}`
  }
  if (schema.type === 'boolean') return 'must be 1 or 0'
  if (schema.type === 'integer' || schema.type === 'number') {
    const what = schema.type === 'integer' ? 'a whole number' : 'a number'
    const upper = schema.maximum < Number.MAX_SAFE_INTEGER ? ` to ${schema.maximum}` : ' or more'
    return `must be ${what}, ${schema.minimum ?? 0}${upper}`
  }
  // A pattern is for machines: where the schema says in words what is allowed, they are told.
  if (typeof schema.allowed === 'string') return `must be ${schema.allowed}`
  if (schema.pattern !== undefined) return `must match ${schema.pattern}`
  if (schema.minLength > 1) return `must have at least ${schema.minLength} characters`
  return 'must be text'
}

function trustedProxies(value: string | undefined): Config['trustProxy'] {
  if (value === undefined || value === '0') return false
  return /^\d+$/.test(value) ? Number(value) : list(value)
}
