/** Every variable the service reads: name, type, default and meaning, in the order of `.env.example` and the README's table. */
import { type Static, Type } from '@sinclair/typebox'

const flag = (description: string) =>
  Type.Boolean({ default: false, description: `${description} \`1\` or \`0\`.` })
const text = (description: string, options = {}) =>
  Type.Optional(Type.String({ minLength: 1, description, ...options }))
const count = (fallback: number, description: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER) =>
  Type.Integer({ default: fallback, minimum, maximum, description })

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
  TRUST_PROXY: text(
    'Proxies whose X-Forwarded-For is believed: how many stand in front (e.g. `1`), or comma-separated addresses, networks or `loopback`, `linklocal`, `uniquelocal`. Unset, none.',
    {
      allowed:
        'a count of proxies such as 1, or comma-separated addresses, networks (10.0.0.0/8) or the words loopback, linklocal, uniquelocal',
      pattern:
        '^(\\d{1,2}|[0-9A-Fa-f.:/]+|loopback|linklocal|uniquelocal)(\\s*,\\s*([0-9A-Fa-f.:/]+|loopback|linklocal|uniquelocal))*$',
    },
  ),
  CORS_ORIGINS: text(
    'Comma-separated origins that browsers may call from, e.g. `https://app.example.com`, or `*` for all; unset, none.',
  ),
  PROXY_ALLOWED_MODELS: text(
    'Comma-separated aliases or endpoint ids that /api/fal/proxy runs, `*` for any characters, e.g. `fal-ai/flux/*`; unset, all that the key may.',
  ),
  PROXY_ARCHIVE_WAIT_SECONDS: count(
    10,
    'How long /api/fal/proxy shows a finished job as in progress until its files are archived, so that the result has lasting links.',
    0,
    3600,
  ),
  BOOTSTRAP_API_KEY: text(
    'An admin API key of the client `default` that exists from the first start. Long and random: `openssl rand -base64 32`.',
  ),
  BOOTSTRAP_API_KEY_FILE: text('File that holds BOOTSTRAP_API_KEY.'),
  RATE_LIMIT_PER_SECOND: Type.Number({
    default: 0,
    minimum: 0,
    description: 'Requests a second that one API key may make; 0 means no limit.',
  }),

  DATABASE_URL: text(
    'PostgreSQL 15 to 18, e.g. postgres://user:password@host:5432/falJobs. Unset, an embedded PostgreSQL runs under DATA_DIR (development only).',
  ),
  DATABASE_URL_FILE: text('File that holds DATABASE_URL.'),
  DATABASE_POOL_SIZE: count(10, 'Connections this process opens for requests and background work.', 2, 200),
  EVENT_RETENTION_DAYS: count(90, 'Days that the history of a finished job is kept; 0 = for good.'),
  WEBHOOK_RETENTION_DAYS: count(30, "Days that FAL's deliveries are kept in the inbox; 0 = for good."),
  IDEMPOTENCY_RETENTION_DAYS: count(
    7,
    'Days within which a repeated Idempotency-Key gets the first answer; 0 = for good.',
  ),
  CALLBACK_RETENTION_DAYS: count(30, 'Days that finished callbacks and their tries are kept; 0 = for good.'),
  DATA_DIR: Type.String({
    default: '.data',
    minLength: 1,
    description: 'Where the embedded PostgreSQL and the default archive folder live.',
  }),

  FAL_KEY: text('FAL API key (`id:secret`). Required, unless the legacy FAL_API_KEY is set.'),
  FAL_KEY_FILE: text('File that holds FAL_KEY; read again on SIGHUP.'),
  FAL_API_KEY: text('Legacy name of FAL_KEY, used when FAL_KEY is not set.'),
  FAL_KEY_NEW: text(
    'The next FAL key during a rotation: used for new submits; when FAL refuses it, FAL_KEY is used and a warning logged.',
  ),
  FAL_KEY_NEW_FILE: text(
    'File that holds FAL_KEY_NEW; read again on SIGHUP. It may be empty or absent between rotations.',
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
    allowed: 'a path that begins with / and does not end with one, of letters, digits and / _ . -',
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

  FAL_MAX_IN_FLIGHT: count(
    0,
    'Jobs at FAL at once, of all clients and replicas; the others wait in line and clients take turns. 0 means no limit.',
  ),
  FAL_MAX_IN_FLIGHT_PER_CLIENT: count(
    0,
    'Of these, how many one client may have, unless a limit of its own is set; 0 means no limit.',
  ),
  SHED_EVENT_LOOP_DELAY_MS: count(
    1000,
    'Requests to /api are answered 503 once the event loop has been late by more than this for three looks in a row, a second apart, in milliseconds; 0 = never.',
  ),
  SHED_DATABASE_WAITING: count(
    1000,
    'Requests to /api are answered 503 while more queries than this wait for a database connection; 0 = never.',
  ),
  SHED_PENDING_JOBS: count(
    0,
    'Creates are answered 503 while more jobs than this wait to be sent to FAL; 0 = never.',
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

  ARCHIVE_BUCKET: text('S3/R2 bucket for the media, its name only; unset, they go to ARCHIVE_DIR.', {
    allowed: "the bucket's name only, such as media: no s3://, no path (folders go to ARCHIVE_KEY_PREFIX)",
    pattern: '^([A-Za-z0-9][A-Za-z0-9._-]*|arn:\\S+)$',
  }),
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
    allowed: 'folders joined by /, each of letters, digits and . _ - and not beginning with a dot',
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
  S3_ACCESS_KEY_ID_FILE: text('File that holds S3_ACCESS_KEY_ID.'),
  S3_SECRET_ACCESS_KEY: text('See S3_ACCESS_KEY_ID.'),
  S3_SECRET_ACCESS_KEY_FILE: text('File that holds S3_SECRET_ACCESS_KEY.'),
  S3_FORCE_PATH_STYLE: flag('Address the bucket in the path instead of the host name (MinIO).'),
  S3_SERVER_SIDE_ENCRYPTION: Type.Optional(
    Type.Union([Type.Literal('AES256'), Type.Literal('aws:kms'), Type.Literal('aws:kms:dsse')], {
      description: "Encryption at rest that is asked for; unset, the bucket's own default.",
    }),
  ),
  S3_KMS_KEY_ID: text('Key for `aws:kms`; unset, the default key of the account.'),
  S3_STORAGE_CLASS: text('Storage class of the objects, e.g. `STANDARD_IA`; unset, the default.', {
    allowed: 'a storage class as the bucket names it, such as STANDARD_IA',
    pattern: '^[A-Z0-9_]+$',
  }),
  S3_CHECKSUMS: Type.Union([Type.Literal('required'), Type.Literal('supported')], {
    default: 'required',
    description:
      '`supported` sends and checks SHA-256 with every request (AWS, recent MinIO); `required` only where S3 insists, which every compatible store understands.',
  }),

  CALLBACK_ALLOW_PRIVATE: flag('Admit callback URLs on private addresses and plain http (development).'),
  OTEL_EXPORTER_OTLP_ENDPOINT: text(
    'OpenTelemetry collector (OTLP over HTTP), e.g. http://localhost:4318: traces are sent there. The other standard OTEL_… variables count as well. Unset, nothing is traced.',
  ),
  NODE_ENV: Type.Optional(
    Type.Union([Type.Literal('production'), Type.Literal('development'), Type.Literal('test')], {
      description:
        '`production` refuses FAL_ALLOW_LOOPBACK, a short BOOTSTRAP_API_KEY, and an embedded database whose folder may be lost.',
    }),
  ),
})

export type Environment = Static<typeof environmentSchema>

/** Whether the standard OpenTelemetry variables ask for traces. */
export function isTraced(environment: Record<string, string | undefined>): boolean {
  const endpoint = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || environment.OTEL_EXPORTER_OTLP_ENDPOINT
  const off = environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_TRACES_EXPORTER === 'none'
  return Boolean(endpoint) && !off
}
