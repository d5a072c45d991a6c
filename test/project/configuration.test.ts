/** The configuration as operators meet it: documented whole, and a bad start that says everything that is wrong at once. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { envExample, withTable } from '../../src/cli/project/document-config.ts'
import { ConfigError, readConfig } from '../../src/config/config.ts'
import { environmentSchema, settingsOf } from '../../src/config/environment.ts'
import { plainNode } from '../support/plain-node.ts'
import { root } from './source-files.ts'

const names = Object.keys(environmentSchema.properties)

t.test(
  '.env.example holds every variable in the order of the schema, with its meaning and default',
  async (t) => {
    const text = readFileSync(join(root, '.env.example'), 'utf8')
    t.equal(text, envExample(), 'else run `npm run document-config`')
    const listed = [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name)
    t.strictSame(listed, names)
  },
)

t.test('no two settings read the same variable', async (t) => {
  t.strictSame(
    settingsOf().map(({ name }) => name),
    names,
  )
})

t.test('the defaults that .env.example shows are the defaults', async (t) => {
  const shown = parseEnv(envExample().replace(/^# ([A-Z][A-Z0-9_]+=)/gm, '$1'))
  t.strictSame(readConfig({ ...shown, FAL_KEY: 'a:b' }), readConfig({ FAL_KEY: 'a:b' }))
})

t.test('the README explains every variable', async (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  t.ok(withTable(readme) === readme, 'else run `npm run document-config`')
})

t.test(
  'a bad start lists every wrong variable with what it should be, shows no secret and exits with 1',
  async (t) => {
    const { status, stderr, stdout } = start({
      PORT: 'eighty',
      ROLE: 'boss',
      FAL_KEY: 'id:very-secret-value',
      FAL_QUEUE_BASE: 'https://fal.run.evil.com',
      FAL_API_BASE: 'https://evilfal.run',
      FAL_QUEUE_LOGS_DEFAULT: 'maybe',
      DATABASE_URL: 'mysql://root:hunter2@db/jobs',
      S3_ACCESS_KEY_ID: 'AKIA-only-half',
      APP_URL: 'ftp://example.com',
    })
    t.equal(status, 1)
    t.equal(stdout, '')
    const expected = [
      /^ {2}- PORT: must be a whole number, 0 to 65535, but is "eighty"$/m,
      /^ {2}- ROLE: must be one of all, api, worker, but is "boss"$/m,
      /^ {2}- FAL_QUEUE_LOGS_DEFAULT: must be 1 or 0, but is "maybe"$/m,
      /^ {2}- FAL_QUEUE_BASE: must be an https URL whose host ends in \.fal\.ai or \.fal\.run/m,
      /^ {2}- FAL_API_BASE: must be an https URL whose host ends in \.fal\.ai or \.fal\.run/m,
      /^ {2}- DATABASE_URL: must begin with postgres:\/\//m,
      /^ {2}- S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: must be set together/m,
      /^ {2}- APP_URL: must be an http\(s\) URL/m,
    ]
    for (const line of expected) t.match(stderr, line)
    for (const secret of ['very-secret-value', 'hunter2', 'AKIA-only-half']) t.notOk(stderr.includes(secret))
  },
)

t.test('without a FAL key the service refuses to start', async (t) => {
  const { status, stderr } = start({})
  t.equal(status, 1)
  t.match(stderr, /FAL_KEY: must be your FAL API key/)
})

t.test('the simulator is not admitted in production', async (t) => {
  const { status, stderr } = start({ FAL_KEY: 'a:b', FAL_ALLOW_LOOPBACK: '1', NODE_ENV: 'production' })
  t.equal(status, 1)
  t.match(stderr, /FAL_ALLOW_LOOPBACK: must be unset/)
})

const bucketRule =
  /^ARCHIVE_BUCKET: is not set, so S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY have no/m

t.test('settings that would be accepted and could not work are refused, with what to write', async (t) => {
  const s3 = { S3_ENDPOINT: 'https://x.example', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'hidden' }
  t.match(problems(s3), bucketRule, 'else the media go to the local disk')
  t.notOk(problems(s3).includes('hidden'))
  t.match(
    problems({ ...s3, ARCHIVE_BUCKET: 's3://media' }),
    /^ARCHIVE_BUCKET: must be the bucket's name only/,
  )
  t.equal(problems({ ...s3, ARCHIVE_BUCKET: 'media.example-1' }), '')
  for (const path of ['/media', '/media/', '/s3/media'])
    t.match(
      problems({ ...s3, S3_ENDPOINT: `https://x.example${path}`, ARCHIVE_BUCKET: 'media' }),
      /^S3_ENDPOINT: ends in the bucket's name, "\/media"/,
      'as the console of R2 shows the address',
    )
  t.equal(problems({ ...s3, S3_ENDPOINT: 'https://x.example/s3', ARCHIVE_BUCKET: 'media' }), '')
  t.match(problems({ ARCHIVE_KEY_PREFIX: 'Bilder & M' }), /^ARCHIVE_KEY_PREFIX: .*"Bilder & M"/)

  const origins = { 'app.example.com': 'https://app.example.com', 'localhost:5173': 'http://localhost:5173' }
  for (const [given, meant] of Object.entries({ ...origins, 'https://App.example/x': 'https://app.example' }))
    t.match(
      problems({ CORS_ORIGINS: `https://good.example, ${given}` }),
      `"${given}" is none: write ${meant}`,
    )
  t.match(problems({ CORS_ORIGINS: 'https://*.example.com' }), /^CORS_ORIGINS: .*no \* within/)
  t.equal(problems({ CORS_ORIGINS: '*' }), '')
  t.equal(problems({ CORS_ORIGINS: 'http://localhost:3000, https://a.b, capacitor://localhost, null' }), '')

  t.match(problems({ ARCHIVE_ALLOWED_TYPES: 'image/*,png' }), /^ARCHIVE_ALLOWED_TYPES: .*"png" is none/)
  t.equal(problems({ ARCHIVE_ALLOWED_TYPES: 'image/svg+xml, Video/*, */*' }), '')
  t.match(
    problems({ ARCHIVE_ALLOWED_HOSTS: 'http://foo/' }),
    /^ARCHIVE_ALLOWED_HOSTS: .*"http:\/\/foo\/" is none/,
  )
  t.equal(problems({ ARCHIVE_ALLOWED_HOSTS: 'foo, *.bar.example, 10.0.0.1:80, [::1]:9000' }), '')

  t.match(problems({ PROXY_ALLOWED_MODELS: 'veo3,nonsense' }), /^PROXY_ALLOWED_MODELS: .*"nonsense" is none/)
  t.match(problems({ PROXY_ALLOWED_MODELS: 'https://fal.run/fal-ai/veo3' }), /^PROXY_ALLOWED_MODELS/)
  t.equal(problems({ PROXY_ALLOWED_MODELS: 'Veo3, fal-ai/flux/*, acme/app, *' }), '')
})

t.test('a password that is not percent-encoded is told, and no part of it', async (t) => {
  for (const at of [
    'u:pa@ss/word@db:5432/x',
    'u:pa/ss@db/x',
    'u:pa#ss@db/x',
    'u:pa?ss@db/x',
    'u:pa%zz@db/x',
  ]) {
    const told = problems({ DATABASE_URL: `postgres://${at}` })
    t.match(told, /^DATABASE_URL: is not a URL like [^\n]+ password as %40/, at)
    t.notMatch(told, /ss@|pa[@/#?%]/)
  }
  const fine = [
    'u:p@db/x',
    'u@ss:p@db/x',
    'u:p%40ss%2Fword@db:5432/x?sslmode=require',
    '/x?host=/run/pg',
    'u:p@/x?host=/run',
  ]
  for (const at of fine) t.equal(problems({ DATABASE_URL: `postgresql://${at}` }), '', at)
  const unsupported: Record<string, RegExp> = {
    'u:p,w@h1:5432,h2:5432/db': /names several hosts/,
    'u@h1,h2/db': /names several hosts/,
    'u@/db?host=h1,h2': /names several hosts/,
    'u@h/db?target_session_attrs=read-write': /^DATABASE_URL: target_session_attrs would be ignored/,
    'u@h/db?sslmode=verify-full&sslrootcert=system': /leave it out/,
    'u@h/db?sslmode=prefer': /write sslmode=verify-full/,
  }
  for (const [at, told] of Object.entries(unsupported))
    t.match(problems({ DATABASE_URL: `postgres://${at}` }), told, at)
  t.match(
    problems({ DATABASE_URL: 'postgres://h/db', DATABASE_DIRECT_URL: 'http://h' }),
    /^DATABASE_DIRECT_URL: must/,
  )
  t.match(
    problems({ DATABASE_DIRECT_URL: 'postgres://h/db' }),
    /^DATABASE_DIRECT_URL: is only used beside DATABASE_URL/,
  )
})

t.test(
  'what works but not as meant is warned of: quotes that Docker keeps, an address that is not https',
  async (t) => {
    t.match(warningsOf({ BOOTSTRAP_API_KEY: '"0123456789abcdef"' }), [
      /^BOOTSTRAP_API_KEY begins and ends with a quote/,
    ])
    const production = { NODE_ENV: 'production', BOOTSTRAP_API_KEY: 'x'.repeat(16) }
    t.match(warningsOf(production), [/^APP_URL is not set: no webhook can come/])
    t.match(warningsOf({ ...production, APP_URL: 'http://jobs.example.com' }), [/^APP_URL is not https/])
    t.strictSame(warningsOf({ ...production, APP_URL: 'https://jobs.example.com' }), [])
    t.strictSame(warningsOf({ APP_URL: 'http://127.0.0.1:3000' }), [], 'development')
  },
)

t.test('NODE_ENV is one of three words, and a short bootstrap key never reaches production', async (t) => {
  t.match(
    problems({ NODE_ENV: 'prod' }),
    /^NODE_ENV: must be one of production, development, test, but is "prod"$/,
  )
  const short = { BOOTSTRAP_API_KEY: 'letmein' }
  t.match(
    problems({ ...short, NODE_ENV: 'production' }),
    /^BOOTSTRAP_API_KEY: must have at least 16 characters/,
  )
  t.equal(problems({ BOOTSTRAP_API_KEY: 'x'.repeat(16), NODE_ENV: 'production' }), '')
  t.match(warningsOf(short), [/^BOOTSTRAP_API_KEY has fewer than 16 characters/])
  t.notOk(`${warningsOf(short)}${problems({ ...short, NODE_ENV: 'production' })}`.includes('letmein'))
})

t.test('a FAL key that is no `id:secret` is warned of and not shown', async (t) => {
  for (const key of ['foo', '<your key>', 'Key a:b', 'a:b:c']) {
    t.match(warningsOf({ FAL_KEY: key }), [/^FAL_KEY does not look like a FAL key/], key)
    t.notOk(
      warningsOf({ FAL_KEY: `${key}hidden` })
        .join()
        .includes('hidden'),
    )
  }
  t.match(warningsOf({ FAL_KEY_NEW: 'foo' }), [/^FAL_KEY_NEW does not/])
  t.strictSame(warningsOf({ FAL_KEY_NEW: '0123-abcd:ef' }), [])
})

t.test('a misspelt name is warned of with the nearest one; names of others are not', async (t) => {
  const meant = {
    FAL_MAX_IN_FLIHGT: 'FAL_MAX_IN_FLIGHT',
    FAL_API_KEY_FILE: 'FAL_KEY_FILE',
    ARCHVE_BUCKET: 'ARCHIVE_BUCKET',
    ARCHIVE_ALLOWED_HOST: 'ARCHIVE_ALLOWED_HOSTS',
    DATABASE_URI: 'DATABASE_URL',
    BOOTSTRAP_KEY: 'BOOTSTRAP_API_KEY',
    POLL_MAX_SECOND: 'POLL_MAX_SECONDS',
    CORS_ORIGIN: 'CORS_ORIGINS',
  }
  for (const [name, right] of Object.entries(meant))
    t.strictSame(warningsOf({ [name]: 'x' }), [
      `${name} is set but is no setting of fal-jobs: did you mean ${right}?`,
    ])
  t.match(problems({ FAL_KEY: '', FAL_KYE: 'a:hidden' }), /^FAL_KYE is set .*did you mean FAL_KEY\?$/m)
  t.notOk(problems({ FAL_KEY: '', FAL_KYE: 'a:hidden' }).includes('hidden'))
  const others = `FAL_JOBS_URL FAL_JOBS_KEY FAL_JOBS_SERVICE_HOST FAL_JOBS_PORT_3000_TCP_ADDR ARCHIVE_PORT
    ARCHIVE_SERVICE_HOST SIMULATOR_PORT NODE_OPTIONS NODE_VERSION NODE_EXTRA_CA_CERTS OTEL_SERVICE_NAME
    OTEL_EXPORTER_OTLP_HEADERS DATABASE_HOST DATABASE_PASSWORD APP_NAME LOG_FORMAT HOSTNAME HOME PATH PWD
    AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY POSTGRES_URL PGHOST HTTP_PROXY NO_PROXY npm_config_cache
    NEXT_PUBLIC_APP_URL DEV_DATABASE_URL DEV_ARCHIVE_BUCKET TAP_TIMEOUT`
  t.strictSame(warningsOf(Object.fromEntries(others.split(/\s+/).map((name) => [name, 'http://x']))), [])
  t.strictSame(warningsOf({ FAL_MAX_IN_FLIHGT: '' }), [], 'nothing is set')
})

t.test('the service logs what is odd before it does anything else', async (t) => {
  const { status, stdout, stderr } = start({
    FAL_KEY: 'your-secret-key',
    FAL_MAX_IN_FLIHGT: '3',
    DATABASE_URL: 'postgres://u@127.0.0.1:9/x',
    DATABASE_WAIT_SECONDS: '0',
  })
  t.equal(status, 1)
  t.match(stdout, /"level":(40|"warn").*FAL_KEY does not look like a FAL key/)
  t.match(stdout, /FAL_MAX_IN_FLIHGT is set .*did you mean FAL_MAX_IN_FLIGHT/)
  t.notOk((stdout + stderr).includes('your-secret-key'))
})

const warningsOf = (environment: Record<string, string>) =>
  readConfig({ FAL_KEY: 'a:b', ...environment }).warnings

/** What a start with these would say; empty when it would start. */
function problems(environment: Record<string, string>): string {
  try {
    readConfig({ FAL_KEY: 'a:b', ...environment })
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n')
    throw error
  }
}

/** The service as a process with nothing but these variables. */
function start(environment: Record<string, string>) {
  return spawnSync(...plainNode(['src/server.ts']), {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    timeout: 20_000,
  })
}
