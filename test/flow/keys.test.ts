/** Keys and rights end to end: scopes, revocation across replicas, rates, jobs in flight, job tokens, browsers. */
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { hasLiveKey } from '../../src/infra/postgres/clients/key-store.ts'
import { startService } from '../../src/server.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { newClient } from '../support/client.ts'
import { startBench, testKey } from '../support/service.ts'

const image = { model: 'flux-schnell', prompt: 'a lighthouse' }
const bench = await startBench(t, {
  environment: { SHED_EVENT_LOOP_DELAY_MS: '0', CORS_ORIGINS: 'https://app.example.com' },
})

t.test('a key is shown once, kept as a hash, and works until its end', async (t) => {
  const limits = { ratePerSecond: 50, maxJobsInFlight: 3 }
  const expiresAt = new Date(Date.now() + 60_000).toISOString()
  const made = await bench.call('POST', '/api/keys', {
    name: 'shop',
    scopes: ['jobs:read'],
    limits,
    expiresAt,
  })
  t.equal(made.status, 201)
  t.match(made.body, {
    name: 'shop',
    scopes: ['jobs:read'],
    limits,
    expiresAt,
    clientId: /^cli_/,
    key: /^fj_.{43}$/,
  })
  t.equal(made.headers.get('cache-control'), 'no-store')
  const list = await bench.call('GET', `/api/keys?clientId=${made.body.clientId}`)
  t.match(list.body.data, [
    { id: made.body.id, prefix: made.body.key.slice(0, 9), revokedAt: null, lastUsedAt: null },
  ])
  t.notOk(JSON.stringify(list.body).includes(made.body.key))
  t.notOk(bench.logLines.join('').includes(made.body.key))

  const headers = { authorization: `Bearer ${made.body.key}` }
  t.equal((await bench.call('GET', '/api/jobs', undefined, headers)).status, 200)
  await bench.service.services.access.usage.flush()
  const used = await bench.call('GET', `/api/keys?clientId=${made.body.clientId}`)
  t.ok(Date.parse(used.body.data[0].lastUsedAt))
})

t.test('what makes no key is refused with a pointer', async (t) => {
  const good = { name: 'x', scopes: ['jobs:read'] }
  const bad: [Record<string, unknown>, string][] = [
    [{ ...good, expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ ...good, expiresAt: '2030-01-01T23:59:60Z' }, '/expiresAt'],
    [{ ...good, clientId: 'cli_01999999-9999-7999-8999-999999999999' }, '/clientId'],
    [{ ...good, clientId: 'nonsense' }, '/clientId'],
    [{ ...good, scopes: [] }, '/scopes'],
    [{ ...good, scopes: ['root'] }, '/scopes/0'],
    [{ ...good, limits: { nonsense: 1 } }, '/limits/nonsense'],
    [{ ...good, secret: 'mine' }, '/secret'],
  ]
  for (const [body, pointer] of bad) {
    const answer = await bench.call('POST', '/api/keys', body)
    t.equal(answer.status, 422)
    t.match(answer.body.errors, [{ pointer }])
  }
})

t.test('a scope opens its own routes only, and keys are for administrators', async (t) => {
  const reader = await newClient(bench, { scopes: ['jobs:read'] })
  t.equal((await reader.call('GET', '/api/jobs')).status, 200)
  for (const [method, path, body] of [
    ['POST', '/api/jobs', image],
    ['POST', '/api/callbacks/secret', undefined],
    ['POST', '/api/callbacks/test', { url: 'https://example.com/' }],
    ['GET', '/api/keys', undefined],
    ['POST', '/api/keys', { name: 'x', scopes: ['admin'] }],
    ['DELETE', `/api/keys/${reader.keyId}`, undefined],
  ] as const) {
    t.match(
      await reader.call(method, path, body),
      { status: 403, body: { code: 'FORBIDDEN' } },
      `${method} ${path}`,
    )
  }
})

t.test('a start with no key that is valid says that nobody can call, and what to do', async (t) => {
  const without = await startBench(t, { environment: { BOOTSTRAP_API_KEY: '', LOG_LEVEL: 'warn' } })
  const told = (lines: string[]) =>
    lines.filter((line) => /no API key is valid.*BOOTSTRAP_API_KEY/.test(line))
  t.equal(told(without.logLines).length, 1)
  t.equal(told(bench.logLines).length, 0, 'with one, nothing is said')
  const { db, clock } = without.service.services.store
  await without.service.services.store.keys.ensureBootstrap('a-key-that-is-good-for-now')
  t.equal(await hasLiveKey(db, clock.now()), true)
  for (const ended of [
    { expires_at: new Date(clock.now() - 1) },
    { expires_at: null, revoked_at: new Date() },
  ]) {
    await db.updateTable('api_key').set(ended).execute()
    t.equal(await hasLiveKey(db, clock.now()), false)
  }
})

t.test('two keys of one client see the same jobs, so that one can take over from the other', async (t) => {
  const old = await newClient(bench)
  const job = await old.create({ ...image, archive: false })
  const next = await newClient(bench, { clientId: old.clientId })
  t.equal((await next.call('GET', `/api/jobs/${job.id}`)).status, 200)
  t.equal((await bench.call('DELETE', `/api/keys/${old.keyId}`)).status, 204)
  t.equal((await old.call('GET', `/api/jobs/${job.id}`)).status, 401)
  t.equal((await next.call('GET', `/api/jobs/${job.id}`)).status, 200)
  t.equal((await bench.call('DELETE', `/api/keys/${old.keyId}`)).status, 204, 'twice is fine')
  t.equal((await bench.call('DELETE', '/api/keys/key_nonsense')).status, 404)
})

t.test('a revoked key is refused on a second replica as soon as the hint arrives', async (t) => {
  const newAdmin = 'another-admin-key-0123456789'
  const log = createLogger({ level: 'silent', secrets: [] })
  const replica = await startService(
    readConfig({ ...bench.environment, PORT: '0', ROLE: 'api', BOOTSTRAP_API_KEY: newAdmin }),
    log,
  )
  t.teardown(() => replica.stop())
  for (const key of [newAdmin, testKey]) {
    const answer = await fetch(`${replica.url}/api/keys`, { headers: { authorization: `Bearer ${key}` } })
    t.equal(answer.status, 200, 'a new bootstrap key works beside the old one')
  }
  const client = await newClient(bench)
  const ask = async () =>
    (await fetch(`${replica.url}/api/jobs`, { headers: { authorization: `Bearer ${client.key}` } })).status
  t.equal(await ask(), 200, 'the replica remembers it now')
  const hinted = new Promise<void>((settle) => {
    const unsubscribe = replica.services.store.signals.subscribe('key', () => {
      unsubscribe()
      settle()
    })
  })
  await bench.call('DELETE', `/api/keys/${client.keyId}`)
  await hinted
  t.equal(await ask(), 401)
})

t.test(
  'a key over its rate gets 429 with when to come back, in the structured fields of the draft',
  async (t) => {
    const client = await newClient(bench, { limits: { ratePerSecond: 1 } })
    const first = await client.call('GET', '/api/jobs')
    t.equal(first.headers.get('ratelimit-policy'), '"key";q=2;w=2')
    t.match(first.headers.get('ratelimit'), /^"key";r=1;t=1$/)
    const answers = await Promise.all(Array.from({ length: 6 }, () => client.call('GET', '/api/jobs')))
    const refused = answers.find(({ status }) => status === 429)
    t.match(refused?.body, { code: 'RATE_LIMITED', retryable: true })
    t.equal(refused?.headers.get('retry-after'), '1')
    t.match(refused?.headers.get('ratelimit'), /^"key";r=0;t=\d+$/)
    const other = await newClient(bench)
    t.equal((await other.call('GET', '/api/jobs')).headers.get('ratelimit'), null, 'no limit, no header')
  },
)

t.test('racing creates never exceed the jobs that a key may have in flight', async (t) => {
  const client = await newClient(bench, { limits: { maxJobsInFlight: 3 } })
  // A video takes seconds, so that none has ended before the last create.
  const body = { model: 'veo3', prompt: 'a lighthouse', archive: false }
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.call('POST', '/api/jobs', body)))
  t.equal(answers.filter(({ status }) => status === 202).length, 3)
  const refused = answers.find(({ status }) => status === 429)
  t.match(refused?.body, { code: 'RATE_LIMITED', detail: /3 jobs in flight/ })
  t.equal(refused?.headers.get('retry-after'), '5')
})

t.test('a job token looks at its job, its events and media, and at nothing else', async (t) => {
  const client = await newClient(bench)
  const job = await client.create({ ...image, archive: false })
  const other = await client.create({ ...image, archive: false })
  const made = await client.call('POST', `/api/jobs/${job.id}/token`)
  t.equal(made.status, 201)
  const named = { 'content-type': 'application/json' }
  const bare = await client.call('POST', `/api/jobs/${job.id}/token`, undefined, named)
  t.equal(bare.status, 201, 'an empty body may be called JSON')
  const left = Date.parse(made.body.expiresAt) - Date.now()
  t.ok(left > 0 && left <= 3_600_000)
  const { token } = made.body
  const as = { authorization: `Bearer ${token}` }
  const anonymous = { authorization: '' }
  const ask = async (path: string, headers: Record<string, string>) =>
    (await bench.call('GET', path, undefined, headers)).status

  t.equal(await ask(`/api/jobs/${job.id}`, as), 200)
  t.equal(await ask(`/api/jobs/${job.id}?token=${token}`, anonymous), 200)
  t.equal(await ask(`/api/jobs/${job.id}/events?limit=5&token=${token}`, anonymous), 200)
  const stream = await fetch(`${bench.service.url}/api/jobs/${job.id}/events?token=${token}`, {
    headers: { accept: 'text/event-stream' },
  })
  t.equal(stream.status, 200)
  t.match(await stream.text(), /event: job\.created/)

  t.equal(await ask(`/api/jobs/${other.id}`, as), 403)
  t.equal(await ask('/api/jobs', as), 403)
  t.equal(await ask('/api/callbacks', as), 403)
  for (const path of [
    `/api/jobs/${job.id}/cancel`,
    `/api/jobs/${job.id}/token`,
    `/api/jobs/${job.id}/poll`,
  ]) {
    t.equal((await bench.call('POST', path, undefined, as)).status, 403, path)
  }
  t.equal((await bench.call('DELETE', `/api/jobs/${job.id}`, undefined, as)).status, 403)
  t.equal(await ask(`/api/jobs/${job.id}?token=${token}x`, anonymous), 401)
  t.equal(
    await ask(`/api/jobs/${job.id}?token=${client.key}`, anonymous),
    401,
    'a key does not belong in a URL',
  )
  t.equal((await client.call('POST', `/api/jobs/${job.id}/token`, { expiresInSeconds: 3601 })).status, 422)
  const stranger = await newClient(bench)
  t.equal((await stranger.call('POST', `/api/jobs/${job.id}/token`)).status, 404)
  t.notOk(bench.logLines.join('').includes(token), 'no token in the log')
})

t.test('browsers of the named origin may call and read our headers, others not', async (t) => {
  const preflight = (origin: string) =>
    fetch(`${bench.service.url}/api/jobs`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    })
  const allowed = await preflight('https://app.example.com')
  t.equal(allowed.status, 204)
  t.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example.com')
  t.match(allowed.headers.get('access-control-allow-headers'), /idempotency-key/)
  const answer = await fetch(`${bench.service.url}/api/jobs`, {
    headers: { origin: 'https://app.example.com' },
  })
  t.equal(answer.status, 401)
  t.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example.com', 'also on refusals')
  t.match(answer.headers.get('access-control-expose-headers'), /retry-after/)
  const refused = await preflight('https://evil.example.com')
  t.not(refused.headers.get('access-control-allow-origin'), 'https://evil.example.com')
})

t.test('whoever tries many wrong keys is slowed down, and right keys go on working', async (t) => {
  const client = await newClient(bench)
  t.equal((await client.call('GET', '/api/jobs')).status, 200)
  const wrong = (n: number) =>
    bench.call('GET', '/api/jobs', undefined, { authorization: `Bearer fj_wrong${n}` })
  const before = bench.service.services.access.wrongKeys.count()
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => wrong(n)))
  const statuses = answers.map(({ status }) => status)
  t.ok(statuses.every((status) => status === 401 || status === 429))
  t.ok(statuses.filter((status) => status === 429).length > 100, 'most are not even looked up')
  const counted = bench.service.services.access.wrongKeys.count() - before
  t.equal(counted, statuses.filter((status) => status === 401).length)
  t.ok(answers.find(({ status }) => status === 429)?.headers.get('retry-after'))
  t.equal((await client.call('GET', '/api/jobs')).status, 200)
})
