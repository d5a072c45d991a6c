/** Every setting, once: its variable, type, default and meaning, in the order of `.env.example` and of the README's table. */
import { type TSchema, Type } from '@sinclair/typebox'
import { archiveSettings, dataDir } from './archive-settings.ts'
import { falSettings } from './fal-settings.ts'
import {
  databaseProblems,
  modelProblem,
  originProblem,
  proxyProblems,
  trustedProxies,
  webUrl,
} from './forms.ts'
import { moneySettings } from './money-settings.ts'
import {
  checked,
  choice,
  count,
  decoded,
  type Environment,
  flag,
  inMs,
  listed,
  optionalChoice,
  orFromFile,
  type Setting,
  type SettingTree,
  text,
  textOr,
} from './setting.ts'

const production = decoded(
  optionalChoice(
    'NODE_ENV',
    ['production', 'development', 'test'],
    '`production` refuses FAL_ALLOW_LOOPBACK, a short BOOTSTRAP_API_KEY, and an embedded database whose folder may be lost.',
  ),
  (mode) => mode === 'production',
)

/** The service's configuration has the shape of this tree, with each setting replaced by its decoded value. */
export const settings = {
  host: textOr('HOST', '127.0.0.1', 'Address to listen on; `0.0.0.0` in a container.'),
  port: count('PORT', 3000, 'Port to listen on; 0 picks a free one.', 0, 65_535),
  logLevel: choice(
    'LOG_LEVEL',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'Least severe level that is logged.',
  ),
  role: choice(
    'ROLE',
    ['all', 'api', 'worker'],
    'all',
    'What this process does: serve HTTP, run background work, or both.',
  ),
  appUrl: {
    ...webUrl(
      'APP_URL',
      "Public base URL of this service. FAL's webhooks and signed links are built from it. Unset, no webhook is requested and polling alone finishes jobs. Alias: NEXT_PUBLIC_APP_URL.",
    ),
    alias: 'NEXT_PUBLIC_APP_URL',
  },
  keepAliveMs: inMs(
    count(
      'KEEP_ALIVE_SECONDS',
      75,
      'How long an idle connection is kept open, in seconds: longer than the proxy in front keeps it (nginx, HAProxy and AWS 60, Google 600).',
      1,
      3600,
    ),
  ),
  /** A number of hops or addresses; false trusts no proxy. */
  trustProxy: decoded(
    text(
      'TRUST_PROXY',
      'Proxies whose X-Forwarded-For is trusted: how many are in front (e.g. `1`), or comma-separated addresses, networks or `loopback`, `linklocal`, `uniquelocal`. Unset, none.',
      {
        allowed:
          'a count of proxies such as 1, or comma-separated addresses, networks (10.0.0.0/8) or the words loopback, linklocal, uniquelocal',
        pattern:
          '^(\\d{1,2}|[0-9A-Fa-f.:/]+|loopback|linklocal|uniquelocal)(\\s*,\\s*([0-9A-Fa-f.:/]+|loopback|linklocal|uniquelocal))*$',
      },
    ),
    trustedProxies,
  ),
  outgoingProxy: {
    url: checked(
      text(
        'HTTPS_PROXY',
        'HTTP proxy for every outgoing connection to FAL, files, callbacks, the key set and the bucket, e.g. `http://proxy.example.com:3128`. It must permit CONNECT. Unset, connections are direct.',
      ),
      proxyProblems,
    ),
    except: listed(
      'NO_PROXY',
      'Comma-separated hosts that are connected to directly: `host`, `.domain`, each also with `:port`. The loopback always is.',
    ),
  },
  corsOrigins: listed(
    'CORS_ORIGINS',
    'Comma-separated origins that browsers may call from, e.g. `https://app.example.com`, or `*` for all; unset, none.',
    originProblem,
  ),
  proxy: {
    allowedModels: listed(
      'PROXY_ALLOWED_MODELS',
      'Comma-separated aliases or endpoint ids that /api/fal/proxy runs, `*` for any characters, e.g. `fal-ai/flux/*`. Unset, all that the key allows.',
      modelProblem,
    ),
    uploadsPerMinute: count(
      'PROXY_UPLOADS_PER_MINUTE',
      120,
      "Uploads at FAL's storage that one API key may begin a minute through /api/fal/proxy; 0 turns them off.",
      0,
      100_000,
    ),
    archiveWaitMs: inMs(
      count(
        'PROXY_ARCHIVE_WAIT_SECONDS',
        10,
        'How long /api/fal/proxy shows a finished job as in progress until its files are archived, so that the result has links of the archive.',
        0,
        3600,
      ),
    ),
    runWaitMs: inMs(
      count(
        'PROXY_RUN_WAIT_SECONDS',
        50,
        'How long a synchronous run (https://fal.run through /api/fal) is held until its job is final; then the answer names the status URL. Proxies in front give up after 60 seconds by default.',
        1,
        3600,
      ),
    ),
  },
  bootstrapApiKey: orFromFile(
    text(
      'BOOTSTRAP_API_KEY',
      'An admin API key of the client `default` that exists from the first start. Long and random: `openssl rand -base64 32`.',
    ),
  ),
  metricsToken: orFromFile(
    text('METRICS_TOKEN', 'Bearer token that `/metrics` requires. Unset, the route is public.'),
  ),
  rateLimitPerSecond: {
    ...count('RATE_LIMIT_PER_SECOND', 0, ''),
    schema: Type.Number({
      default: 0,
      minimum: 0,
      description: 'Requests a second that one API key may make; 0 means no limit.',
    }),
  },

  databaseUrl: checked(
    orFromFile(
      text(
        'DATABASE_URL',
        'PostgreSQL 15 to 18, e.g. postgres://user:password@host:5432/falJobs. Unset, an embedded PostgreSQL runs under DATA_DIR (development only).',
      ),
    ),
    databaseProblems('DATABASE_URL'),
  ),
  databaseDirectUrl: checked(
    orFromFile(
      text(
        'DATABASE_DIRECT_URL',
        'The same database without the pooler that DATABASE_URL leads through: for migrations, notifications between processes and the task engine. Unset, DATABASE_URL.',
      ),
    ),
    databaseProblems('DATABASE_DIRECT_URL'),
  ),
  databaseWaitMs: inMs(
    count(
      'DATABASE_WAIT_SECONDS',
      60,
      'How long a start and `fal-jobs migrate` wait for a database that is not there yet, in seconds; 0 = not at all.',
    ),
  ),
  databasePoolSize: count(
    'DATABASE_POOL_SIZE',
    10,
    'Connections this process opens for requests and background work.',
    2,
    200,
  ),
  /** Days; 0 = forever. */
  keepDays: {
    events: count(
      'EVENT_RETENTION_DAYS',
      90,
      'Days that the history of a finished job is kept; 0 = forever.',
    ),
    webhooks: count(
      'WEBHOOK_RETENTION_DAYS',
      30,
      "Days that FAL's deliveries are kept in the inbox; 0 = forever.",
    ),
    idempotency: count(
      'IDEMPOTENCY_RETENTION_DAYS',
      7,
      'Days within which a repeated Idempotency-Key gets the first answer; 0 = forever.',
    ),
    callbacks: count(
      'CALLBACK_RETENTION_DAYS',
      30,
      'Days that finished callbacks and their tries are kept; 0 = forever.',
    ),
  },
  dataDir,

  fal: falSettings,

  pollMaxMs: inMs(count('POLL_MAX_SECONDS', 120, 'Longest time between two polls of a live job.', 1, 3600)),
  submitUncertainMs: inMs(
    count(
      'SUBMIT_UNCERTAIN_SECONDS',
      900,
      'How long the service searches for a submit whose answer was lost before the policy applies.',
      1,
      86_400,
    ),
  ),
  submitUncertainPolicy: choice(
    'SUBMIT_UNCERTAIN_POLICY',
    ['fail', 'resubmit'],
    'fail',
    'What happens then: `fail` the job (SUBMIT_UNCERTAIN, credits released) or `resubmit` it (may pay twice).',
  ),
  submitGiveUpMs: inMs(
    count(
      'SUBMIT_GIVE_UP_SECONDS',
      86_400,
      'How long a submit is retried while FAL is down or refuses for now, before the job fails.',
      1,
      604_800,
    ),
  ),

  slots: {
    inAll: count(
      'FAL_MAX_IN_FLIGHT',
      0,
      'Jobs at FAL at once, of all clients and replicas; the others wait in a fair queue. 0 means no limit.',
    ),
    perClient: count(
      'FAL_MAX_IN_FLIGHT_PER_CLIENT',
      0,
      'How many of these one client may have, unless its policy has a cap of its own; 0 means no limit.',
    ),
  },
  memoryBudgetMb: {
    name: 'MEMORY_BUDGET_MB',
    schema: Type.Optional(
      Type.Integer({
        minimum: 64,
        maximum: 65_536,
        description:
          'Megabytes that request bodies, results, pages and copies may take together; what finds no room waits, or is answered 503. Unset, it follows the memory limit of the container.',
      }),
    ),
    decode: (raw) => raw ?? null,
  } satisfies Setting<number | null, number>,
  /** Above these, requests are refused with 503; 0 = never. */
  shed: {
    eventLoopDelayMs: count(
      'SHED_EVENT_LOOP_DELAY_MS',
      1000,
      'Requests to `/api` are answered 503 once the event loop lags by more than this in three checks in a row, a second apart, in milliseconds; 0 = never.',
    ),
    databaseWaiting: count(
      'SHED_DATABASE_WAITING',
      1000,
      'Requests to `/api` are answered 503 while more queries than this wait for a database connection; 0 = never.',
    ),
    pendingJobs: count(
      'SHED_PENDING_JOBS',
      0,
      'Creates are answered 503 while more jobs than this wait to be sent to FAL; 0 = never.',
    ),
  },

  ...moneySettings,

  archive: archiveSettings,

  callbackAllowPrivate: flag(
    'CALLBACK_ALLOW_PRIVATE',
    'Allow callback URLs on private addresses and plain http (development).',
  ),
  /** Whether traces are sent; the SDK reads the rest of its standard variables itself. */
  tracing: {
    ...text(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OpenTelemetry collector (OTLP over HTTP), e.g. http://localhost:4318: traces are sent there. The other standard OTEL_… variables apply as well. Unset, nothing is traced.',
    ),
    decode: (_raw, { environment }) => isTraced(environment),
  } satisfies Setting<boolean, string>,
  /** Production mode refuses settings that are only suitable for trying the service. */
  production,
} satisfies SettingTree

/** Every setting of the tree in its order, and after each the ones that stand in for it. */
export function settingsOf(tree: SettingTree = settings): Setting<unknown>[] {
  return Object.values(tree).flatMap((branch) => {
    if (!isSetting(branch)) return settingsOf(branch)
    const file = branch.file === undefined ? [] : [text(`${branch.name}_FILE`, branch.file.description)]
    return [branch, ...file, ...(branch.instead === undefined ? [] : [branch.instead])]
  })
}

export const isSetting = (branch: Setting<unknown> | SettingTree): branch is Setting<unknown> =>
  typeof branch.decode === 'function'

/** The variables, as one schema. */
export const environmentSchema = Type.Object(
  Object.fromEntries(settingsOf().map(({ name, schema }): [string, TSchema] => [name, schema])),
)

/** Whether the standard OpenTelemetry variables ask for traces. */
export function isTraced(environment: Environment): boolean {
  const endpoint = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || environment.OTEL_EXPORTER_OTLP_ENDPOINT
  const off = environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_TRACES_EXPORTER === 'none'
  return Boolean(endpoint) && !off
}
