/** The whole configuration: one schema, read once from the environment; a bad start names every wrong variable. */
import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isFalBase } from './domain/fal-base.ts'

const flag = (description: string) =>
  Type.Boolean({ default: false, description: `${description} \`1\` or \`0\`.` })
const text = (description: string, options = {}) =>
  Type.Optional(Type.String({ minLength: 1, description, ...options }))
const count = (fallback: number, description: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER) =>
  Type.Integer({ default: fallback, minimum, maximum, description })

/** Every variable, its type, default and meaning; `.env.example` and the README's table follow this order. */
export const environmentSchema = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', description: 'Address to listen on; `0.0.0.0` in a container.' }),
  PORT: count(3000, 'Port to listen on; 0 picks a free one.', 0, 65_535),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe level that is logged.' },
  ),
  ROLE: Type.Union([Type.Literal('all'), Type.Literal('api'), Type.Literal('worker')], {
    default: 'all',
    description: 'What this process does: serve HTTP, run background work, or both.',
  }),
  APP_URL: text(
    "Public base URL of this service. FAL's webhooks and signed links are made from it; unset, no webhook is asked for and polling alone finishes jobs. Alias: NEXT_PUBLIC_APP_URL.",
  ),
  CORS_ORIGINS: text('Comma-separated origins that browsers may call from; unset, none.'),
  BOOTSTRAP_API_KEY: text(
    'An admin API key of the client `default` that exists from the first start. Long and random: `openssl rand -base64 32`.',
  ),
  RATE_LIMIT_PER_SECOND: Type.Number({
    default: 0,
    minimum: 0,
    description: 'Requests a second that one API key may make; 0 means no limit.',
  }),

  DATABASE_URL: text(
    'PostgreSQL 15 to 18, e.g. postgres://user:password@host:5432/falJobs. Unset, an embedded PostgreSQL runs under DATA_DIR (development only).',
  ),
  DATABASE_POOL_SIZE: count(10, 'Connections this process opens for requests and background work.', 2, 200),
  DATA_DIR: Type.String({
    default: '.data',
    minLength: 1,
    description: 'Where the embedded PostgreSQL and the default archive folder live.',
  }),

  FAL_KEY: text('FAL API key (`id:secret`). Required, unless the legacy FAL_API_KEY is set.'),
  FAL_API_KEY: text('Legacy name of FAL_KEY, used when FAL_KEY is not set.'),
  FAL_KEY_NEW: text(
    'The next FAL key during a rotation: used for new submits; when FAL refuses it, FAL_KEY is used and a warning logged.',
  ),
  FAL_QUEUE_BASE: Type.String({
    default: 'https://queue.fal.run',
    description: "FAL's queue: https and ending in .fal.ai or .fal.run.",
  }),
  FAL_API_BASE: Type.String({
    default: 'https://rest.fal.ai',
    description: "FAL's REST host: https and ending in .fal.ai or .fal.run.",
  }),
  FAL_PLATFORM_BASE: Type.String({
    default: 'https://api.fal.ai',
    description: "FAL's Platform API (prices, list of requests): https and ending in .fal.ai or .fal.run.",
  }),
  FAL_JWKS_URL: text(
    "Where FAL publishes the Ed25519 keys of its webhooks; default: FAL_API_BASE + '/.well-known/jwks.json'.",
  ),
  FAL_TIMEOUT_MS: count(300_000, 'Longest wait for one answer of FAL, in milliseconds.', 100, 3_600_000),
  FAL_QUEUE_LOGS_DEFAULT: flag("Bring FAL's logs along whenever a job is looked at."),
  FAL_WEBHOOK_PATH: Type.String({
    default: '/api/fal/webhook',
    pattern: '^/[A-Za-z0-9/_.-]*[A-Za-z0-9_-]$',
    description: 'Path FAL is told to call; `/api/webhooks/fal` works as well.',
  }),
  FAL_ACCOUNT_ID: text(
    'Your FAL user id: webhooks of other accounts are refused. Unset, it is learned from the first verified delivery for a job of ours.',
  ),
  FAL_ALLOW_LOOPBACK: flag(
    'Admit http://127.0.0.1 and localhost as FAL hosts (for the simulator). Refused in production.',
  ),

  POLL_MAX_SECONDS: count(120, 'No live job goes longer than this without being looked at.', 1, 3600),
  SUBMIT_UNCERTAIN_SECONDS: count(
    900,
    'How long a submit whose answer was lost is looked for before the policy applies.',
    1,
    86_400,
  ),
  SUBMIT_UNCERTAIN_POLICY: Type.Union([Type.Literal('fail'), Type.Literal('resubmit')], {
    default: 'fail',
    description:
      'What then: `fail` the job (SUBMIT_UNCERTAIN, credits released) or `resubmit` it (may pay twice).',
  }),
  SUBMIT_GIVE_UP_SECONDS: count(
    86_400,
    'How long a job that FAL cannot take (down, refusing for now) is tried before it fails.',
    1,
    604_800,
  ),

  CONFIRM_ABOVE_MICROS: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'A create whose estimate is above this many micro-USD needs `confirm: true`; unset, none does.',
    }),
  ),
  CREDITS: Type.Union([Type.Literal('off'), Type.Literal('enforced')], {
    default: 'off',
    description: "`enforced`: every create reserves its estimate from the client's credits.",
  }),

  ARCHIVE_BUCKET: text('S3/R2 bucket for the media; unset, they go to ARCHIVE_DIR.'),
  ARCHIVE_DIR: text('Folder for the media when no bucket is set; default: DATA_DIR/archive.'),
  ARCHIVE_ALLOWED_HOSTS: text(
    'Comma-separated hosts (or host:port) beside *.fal.media, *.fal.ai and *.fal.run that media may be copied from; a host named here may be private and plain http.',
  ),
  ARCHIVE_MAX_BYTES: count(5_368_709_120, 'Largest media file that is copied, in bytes.', 1),
  ARCHIVE_ALLOWED_TYPES: text(
    'Comma-separated media types that are copied, e.g. `image/*,video/mp4`; others go to the shelf. Unset, all.',
  ),
  ARCHIVE_CONCURRENCY: count(8, 'Files that one process downloads at once.', 1, 1000),
  ARCHIVE_HOST_CONCURRENCY: count(6, 'Files that one process downloads from one host at once.', 1, 1000),
  ARCHIVE_MIN_BYTES_PER_SECOND: count(
    1024,
    'A download that is slower on average, after its first minute, is given up and tried again; 0 means no limit.',
  ),
  ARCHIVE_KEY_PREFIX: text('Put before every key in the bucket or folder, e.g. `fal/media`.', {
    pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?$',
  }),
  ARCHIVE_PUBLIC_BASE_URL: text(
    "Public base URL of the bucket's (or folder's) root, e.g. of a CDN in front of it: media links point there, unsigned. Unset, links are signed and expire.",
  ),
  ARCHIVE_CACHE_CONTROL: text(
    'Cache-Control stored with every object of the bucket, e.g. `public, max-age=31536000, immutable`.',
  ),
  S3_ENDPOINT: text('Endpoint of an S3-compatible store (R2, MinIO); unset, AWS.'),
  S3_REGION: Type.String({
    default: 'auto',
    description: 'Region of the bucket; `auto` suits R2 and MinIO, AWS needs a real one.',
  }),
  S3_ACCESS_KEY_ID: text("Credentials of the bucket; unset, the AWS SDK's own chain is used."),
  S3_SECRET_ACCESS_KEY: text('See S3_ACCESS_KEY_ID.'),
  S3_FORCE_PATH_STYLE: flag('Address the bucket in the path instead of the host name (MinIO).'),
  S3_SERVER_SIDE_ENCRYPTION: Type.Optional(
    Type.Union([Type.Literal('AES256'), Type.Literal('aws:kms'), Type.Literal('aws:kms:dsse')], {
      description: "Encryption at rest that is asked for; unset, the bucket's own default.",
    }),
  ),
  S3_KMS_KEY_ID: text('Key for `aws:kms`; unset, the default key of the account.'),
  S3_STORAGE_CLASS: text('Storage class of the objects, e.g. `STANDARD_IA`; unset, the default.', {
    pattern: '^[A-Z0-9_]+$',
  }),
  S3_CHECKSUMS: Type.Union([Type.Literal('required'), Type.Literal('supported')], {
    default: 'required',
    description:
      '`supported` sends and checks SHA-256 with every request (AWS, recent MinIO); `required` only where S3 insists, which every compatible store understands.',
  }),

  CALLBACK_ALLOW_PRIVATE: flag('Admit callback URLs on private addresses and plain http (development).'),
  NODE_ENV: text('`production` refuses FAL_ALLOW_LOOPBACK.'),
})

type Environment = Static<typeof environmentSchema>

export interface Config {
  host: string
  port: number
  logLevel: string
  role: 'all' | 'api' | 'worker'
  appUrl: string | null
  corsOrigins: string[]
  bootstrapApiKey: string | null
  rateLimitPerSecond: number
  databaseUrl: string | null
  databasePoolSize: number
  dataDir: string
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
export function readConfig(environment = environmentOfProcess()): Config {
  const raw = convert(environment)
  const problems = [...Value.Errors(environmentSchema, raw)].map((error) => {
    const name = error.path.slice(1).split('/')[0] ?? ''
    return `${name}: ${expectation(name)}, but is ${shown(name, environment[name])}`
  })
  if (problems.length > 0)
    throw new ConfigError([...new Set(problems), ...crossProblems(raw as Partial<Environment>)])
  const env = raw as Environment
  const cross = crossProblems(env)
  if (cross.length > 0) throw new ConfigError(cross)
  return assemble(env)
}

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
  return problems
}

function isWebUrl(value: string, loopbackHttp: boolean, anyHttp = false): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false
  if (url.protocol === 'https:') return true
  const local = url.hostname === '127.0.0.1' || url.hostname === 'localhost' || url.hostname === '[::1]'
  return url.protocol === 'http:' && (anyHttp || (loopbackHttp && local))
}

function assemble(env: Environment): Config {
  const apiBase = trimmed(env.FAL_API_BASE)
  return {
    host: env.HOST,
    port: env.PORT,
    logLevel: String(env.LOG_LEVEL),
    role: env.ROLE,
    appUrl: env.APP_URL === undefined ? null : trimmed(env.APP_URL),
    corsOrigins: list(env.CORS_ORIGINS),
    bootstrapApiKey: env.BOOTSTRAP_API_KEY ?? null,
    rateLimitPerSecond: env.RATE_LIMIT_PER_SECOND,
    databaseUrl: env.DATABASE_URL ?? null,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    dataDir: env.DATA_DIR,
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

const list = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

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
  if (schema.pattern !== undefined) return `must match ${schema.pattern}`
  if (schema.minLength > 1) return `must have at least ${schema.minLength} characters`
  return 'must be text'
}
