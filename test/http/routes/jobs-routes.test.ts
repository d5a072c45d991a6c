/** Create, list and look: each documented outcome, and the promises of waiting and idempotency. */
import t, { type Test } from 'tap'
import { absentJob, bearer, type JobBench, startJobBench } from '../job-bench.ts'

const image = { model: 'flux-schnell', prompt: 'a lighthouse' }

t.test('POST /api/jobs', async (t) => {
  const bench = await startJobBench(t)
  createAccepts(t, bench)
  createKeepsItsKey(t, bench)
  createRefusesCallers(t, bench)
  createRefusesBodies(t, bench)
})

function createAccepts(t: Test, bench: JobBench): void {
  const { checked } = bench

  t.test('202: accepted, with its place', async (t) => {
    const answer = await checked('POST', '/api/jobs', image)
    t.equal(answer.status, 202)
    t.equal(answer.headers.get('location'), `/api/jobs/${answer.body.id}`)
    t.equal(answer.body.status, 'pending')
    t.match(answer.headers.get('x-request-id') ?? '', /\S/)
  })

  t.test('202: Prefer: wait=N holds the answer back until the job is final', async (t) => {
    const answer = await checked('POST', '/api/jobs', image, { prefer: 'respond-async, wait=20' })
    t.equal(answer.status, 202)
    t.equal(answer.body.status, 'completed')
    t.equal(answer.headers.get('preference-applied'), 'wait=20')
  })

  t.test('a preference that cannot be honoured is no error', async (t) => {
    const answer = await checked('POST', '/api/jobs', image, { prefer: 'wait=soon' })
    t.equal(answer.status, 202)
    t.equal(answer.headers.get('preference-applied'), null)
  })
}

function createKeepsItsKey(t: Test, bench: JobBench): void {
  const { checked } = bench

  t.test('202: a replay is the same to the last byte', async (t) => {
    const headers = { 'idempotency-key': 'replay', 'content-type': 'application/json' }
    const texts: string[] = []
    for (const reordered of [false, true]) {
      const entries = Object.entries(image)
      const response = await fetch(new URL('/api/jobs', bench.service.url), {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${bench.environment.BOOTSTRAP_API_KEY}` },
        body: JSON.stringify(Object.fromEntries(reordered ? entries.reverse() : entries)),
      })
      t.equal(response.status, 202)
      t.equal(response.headers.get('idempotency-replayed'), reordered ? 'true' : null)
      t.match(response.headers.get('location') ?? '', /^\/api\/jobs\/job_/)
      texts.push(await response.text())
      await bench.settled(JSON.parse(texts[0] ?? '').id)
    }
    t.equal(texts[0], texts[1])
  })

  t.test('a replay that prefers to wait shows the job as it is', async (t) => {
    const headers = { 'idempotency-key': 'waiting replay' }
    const first = await checked('POST', '/api/jobs', image, headers)
    const second = await checked('POST', '/api/jobs', image, { ...headers, prefer: 'wait=20' })
    t.equal(second.body.id, first.body.id)
    t.equal(second.body.status, 'completed')
    t.equal(second.headers.get('idempotency-replayed'), 'true')
  })

  t.test('eight racing creates with one key are one job, and all get its answer', async (t) => {
    const racing = Array.from({ length: 8 }, () =>
      checked('POST', '/api/jobs', image, { 'idempotency-key': 'race' }),
    )
    const answers = await Promise.all(racing)
    t.same(new Set(answers.map(({ status }) => status)), new Set([202]))
    t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
    t.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1)
    const rows = await bench.query("select count(*)::int as n from idempotency where key = 'race'")
    t.equal(rows[0]?.n, 1)
  })

  t.test('409: a key whose first create hangs is told to be in progress', async (t) => {
    await bench.query('begin')
    await bench.query(
      `insert into idempotency (client_id, key, request_hash, status, body, job_id)
       select id, 'stuck', '\\x00', 202, '{}', gen_random_uuid() from client where name = 'default'`,
    )
    const answer = await checked('POST', '/api/jobs', image, { 'idempotency-key': 'stuck' })
    await bench.query('rollback')
    t.equal(answer.status, 409)
    t.equal(answer.body.code, 'IDEMPOTENCY_IN_PROGRESS')
    t.equal(answer.body.retryable, true)
    t.ok(Number(answer.headers.get('retry-after')) >= 1)
    const again = await checked('POST', '/api/jobs', image, { 'idempotency-key': 'stuck' })
    t.equal(again.status, 202, 'a first create that died leaves the key free')
  })

  t.test('422: a used key with another body', async (t) => {
    await checked('POST', '/api/jobs', image, { 'idempotency-key': 'reused' })
    const answer = await checked(
      'POST',
      '/api/jobs',
      { ...image, prompt: 'else' },
      { 'idempotency-key': 'reused' },
    )
    t.equal(answer.status, 422)
    t.equal(answer.body.code, 'IDEMPOTENCY_KEY_REUSED')
  })

  t.test('keys of different clients never meet', async (t) => {
    const other = bearer(await bench.newKey(['jobs:write']))
    const mine = await checked('POST', '/api/jobs', image, { 'idempotency-key': 'shared name' })
    const theirs = await checked('POST', '/api/jobs', image, { ...other, 'idempotency-key': 'shared name' })
    t.equal(theirs.status, 202)
    t.not(theirs.body.id, mine.body.id)
  })
}

function createRefusesCallers(t: Test, bench: JobBench): void {
  const { checked } = bench

  for (const body of ['', '{', 'null,', '{"model":']) {
    t.test(`400: ${JSON.stringify(body)} is not JSON`, async (t) => {
      const answer = await checked('POST', '/api/jobs', body, { 'content-type': 'application/json' })
      t.equal(answer.status, 400)
      t.equal(answer.body.code, 'MALFORMED_BODY')
    })
  }

  t.test('401: no key, a wrong key', async (t) => {
    for (const authorization of ['', 'Bearer not-a-key', 'Basic abc']) {
      const answer = await checked('POST', '/api/jobs', image, { authorization })
      t.equal(answer.status, 401)
      t.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
    }
  })

  t.test('403: a key that may only read', async (t) => {
    const answer = await checked('POST', '/api/jobs', image, bearer(await bench.newKey(['jobs:read'])))
    t.equal(answer.status, 403)
    t.equal(answer.body.code, 'FORBIDDEN')
  })

  t.test('413: a body beyond the limit', async (t) => {
    const answer = await checked('POST', '/api/jobs', { ...image, prompt: 'x'.repeat(11 * 1024 * 1024) })
    t.equal(answer.status, 413)
    t.equal(answer.body.code, 'PAYLOAD_TOO_LARGE')
  })

  t.test('415: a body of another type', async (t) => {
    const answer = await checked('POST', '/api/jobs', 'model=x', { 'content-type': 'text/csv' })
    t.equal(answer.status, 415)
    t.equal(answer.body.code, 'UNSUPPORTED_MEDIA_TYPE')
  })
}

function createRefusesBodies(t: Test, bench: JobBench): void {
  const { checked } = bench

  const refused: [string, unknown, string][] = [
    ['a misspelt field', { ...image, promt: 'x' }, '/promt'],
    ['a wrong type', { ...image, numOutputs: '2' }, '/numOutputs'],
    ['a missing model', { prompt: 'x' }, '/model'],
    ['an unknown alias', { ...image, model: 'no-such-model' }, '/model'],
    ['NUL in the prompt', { ...image, prompt: 'a\0b' }, '/prompt'],
    ['NUL deep in the input', { ...image, input: { a: [{ 'b/c': '\0' }] } }, '/input/a/0/b~1c'],
    ['NUL in a key', { ...image, metadata: { 'a\0': 'b' } }, '/metadata/a\0'],
    ['NUL in metadata', { ...image, metadata: { a: '\0' } }, '/metadata/a'],
  ]
  for (const [name, body, pointer] of refused) {
    t.test(`422: ${name}, with the place to fix`, async (t) => {
      const answer = await checked('POST', '/api/jobs', body)
      t.equal(answer.status, 422)
      t.ok(
        answer.body.errors.some((error: { pointer: string }) => error.pointer === pointer),
        JSON.stringify(answer.body.errors),
      )
    })
  }

  t.test('422: half a surrogate pair, and nesting beyond reason', async (t) => {
    const json = { 'content-type': 'application/json' }
    const lone = await checked('POST', '/api/jobs', '{"model":"flux-schnell","prompt":"\\ud800"}', json)
    t.equal(lone.status, 422)
    t.equal(lone.body.errors[0].code, 'unstorable_text')
    const deep = `{"model":"a/b","input":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`
    t.equal((await checked('POST', '/api/jobs', deep, json)).status, 422)
    const pair = await checked('POST', '/api/jobs', { ...image, prompt: 'a 🎈' })
    t.equal(pair.status, 202, 'a whole pair is fine')
  })
}

t.test('GET /api/jobs', async (t) => {
  const bench = await startJobBench(t)
  const { checked } = bench
  const made: string[] = []
  for (let n = 0; n < 5; n++) {
    const body = { ...image, userId: `user-${n % 2}`, metadata: { order: String(n), 'a.b': 'c' } }
    made.push((await bench.create(body)).id)
  }
  for (const id of made) await bench.settled(id)
  const newest = made.toReversed()
  const ids = (answer: { body: { data: { id: string }[] } }) => answer.body.data.map(({ id }) => id)

  t.test('200: pages whose cursors stay good while jobs are added', async (t) => {
    const first = await checked('GET', '/api/jobs?limit=2')
    t.same(ids(first), newest.slice(0, 2))
    t.equal(first.body.hasMore, true)
    const added = await bench.create(image, bearer(await bench.newKey(['jobs:write', 'jobs:read'])))
    const own = await bench.create({ ...image, userId: 'late' })
    const second = await checked('GET', `/api/jobs?limit=2&cursor=${first.body.nextCursor}`)
    t.same(ids(second), newest.slice(2, 4))
    const third = await checked('GET', `/api/jobs?limit=2&cursor=${second.body.nextCursor}`)
    t.same(ids(third), newest.slice(4))
    t.same([third.body.nextCursor, third.body.hasMore], [null, false])
    const all = ids(await checked('GET', '/api/jobs?limit=100'))
    t.ok(all.includes(own.id))
    t.notOk(all.includes(added.id), "another client's job is not listed")
  })

  listFilters(t, bench)
  listRefusals(t, bench)
})

function listFilters(t: Test, { checked }: JobBench): void {
  const since = new Date(Date.now() - 3_600_000).toISOString()
  const filters: [string, number][] = [
    ['userId=user-1', 2],
    ['status=completed&userId=user-0', 3],
    ['status=failed,canceled', 0],
    ['model=flux-schnell&userId=user-0', 3],
    ['model=fal-ai/flux/schnell&userId=user-0', 3],
    ['kind=image&userId=user-0', 3],
    ['kind=video', 0],
    ['archiveStatus=archived&userId=user-0', 3],
    [`createdAfter=${since}&userId=user-0`, 3],
    [`createdBefore=${since}`, 0],
    ['metadata.order=3', 1],
    ['metadata.order=3&metadata.a.b=c', 1],
    ['metadata.order=3&metadata.a.b=d', 0],
  ]
  for (const [query, count] of filters) {
    t.test(`200: ?${query.replace(since, '<time>')} finds ${count}`, async (t) => {
      const answer = await checked('GET', `/api/jobs?${query}`)
      t.equal(answer.status, 200)
      t.equal(answer.body.data.length, count)
    })
  }
}

function listRefusals(t: Test, bench: JobBench): void {
  const { checked } = bench
  const wrong = [
    'status=done',
    'status=',
    'kind=picture',
    'limit=0',
    'limit=101',
    'limit=many',
    'cursor=x',
    'createdAfter=yesterday',
    'createdAfter=2026-12-31T23:59:60Z',
    'sort=asc',
    'userId=%00',
    'metadata.a=%00',
    'metadata.=x',
  ]
  for (const query of wrong) {
    t.test(`422: ?${query}`, async (t) => {
      const answer = await checked('GET', `/api/jobs?${query}`)
      t.equal(answer.status, 422)
      t.match(answer.body.errors[0].pointer, /^#\/query/)
    })
  }

  t.test('401 and 403', async (t) => {
    t.equal((await checked('GET', '/api/jobs', undefined, { authorization: '' })).status, 401)
    const writer = bearer(await bench.newKey(['jobs:write']))
    t.equal((await checked('GET', '/api/jobs', undefined, writer)).status, 403)
  })
}

t.test('GET /api/jobs/{id}', async (t) => {
  const bench = await startJobBench(t)
  const { checked } = bench

  t.test('200: ?wait answers when the job is final', async (t) => {
    const { id } = await bench.create(image)
    const answer = await checked('GET', `/api/jobs/${id}?wait=30`)
    t.equal(answer.body.status, 'completed')
    t.equal(answer.body.progress, 1)
    t.equal((await checked('GET', `/api/jobs/${id}?wait=30`)).status, 200, 'a final job is not waited for')
  })

  t.test('200: ?wait ends with its time, ?wait=0 at once', async (t) => {
    bench.simulator.admin.addFault({ fault: 'stuck', match: { prompt: 'never ends' } })
    const { id } = await bench.create({ ...image, prompt: 'never ends' })
    t.equal((await checked('GET', `/api/jobs/${id}?wait=1`)).body.completedAt, null)
    t.equal((await checked('GET', `/api/jobs/${id}?wait=0`)).status, 200)
  })

  t.test("200: ?logs=1 adds FAL's logs", async (t) => {
    const { id } = await bench.create(image)
    await bench.settled(id)
    const answer = await checked('GET', `/api/jobs/${id}?logs=1`)
    t.match(answer.body.logs[0].message, /Running/)
    t.equal((await checked('GET', `/api/jobs/${id}`)).body.logs, undefined)
  })

  t.test('a thousand waiters for one job cost a handful of reads, and all see its end', async (t) => {
    const { id } = await bench.create(image)
    const watch = bench.service.services.jobs.read.watch
    await Promise.all(Array.from({ length: 1_000 }, () => watch.untilFinal(id, { timeoutMs: 30_000 })))
    t.equal((await bench.get(id)).status, 'completed')
  })

  for (const id of [absentJob, 'nope', 'job_', 'key_01999999-9999-7999-8999-999999999999', '%00', '..%2f']) {
    t.test(`404 for ${id}`, async (t) => {
      const answer = await checked('GET', `/api/jobs/${id}`)
      t.ok([404, 422].includes(answer.status), String(answer.status))
    })
  }

  for (const query of ['wait=61', 'wait=-1', 'wait=x', 'wait=1.5', 'logs=2', 'what=1']) {
    t.test(`422: ?${query}`, async (t) => {
      t.equal((await checked('GET', `/api/jobs/${absentJob}?${query}`)).status, 422)
    })
  }
})
