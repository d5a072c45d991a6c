/** Callbacks end to end: real receivers that verify with the `standardwebhooks` package, real tries, real redelivery. */
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { type ClientBench, newClient } from '../support/client.ts'
import { loseTasks } from '../support/engine-tables.ts'
import { startReceiver, verify } from '../support/receiver.ts'
import { startBench } from '../support/service.ts'

/** A machine busy with other tests is no reason to shed. */
const calm = { SHED_EVENT_LOOP_DELAY_MS: '0' }

const image = { model: 'flux-schnell', prompt: 'a lighthouse' }

const bench = await startBench(t, { environment: calm })

const secretOf = async (me: ClientBench): Promise<string> =>
  (await me.call('POST', '/api/callbacks/secret')).body.secret

/** Looks until the callback satisfies `done`. */
async function callbackUntil(
  me: ClientBench,
  id: string,
  done: (callback: Record<string, unknown>) => boolean,
) {
  const end = Date.now() + 15_000
  for (;;) {
    const { body } = await me.call('GET', `/api/callbacks/${id}`)
    if (done(body)) return body
    if (Date.now() > end) throw new Error(`callback did not get there: ${JSON.stringify(body)}`)
    await sleep(20)
  }
}

t.test('a job tells its end and its archive, signed, once each, and notes that it told', async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  const secret = await secretOf(me)
  const { id } = await me.create({ ...image, callbackUrl: `${receiver.url}/hook?tenant=7` })
  const messages = await receiver.until(2)
  await me.settled(id)
  for (const message of messages) {
    t.doesNotThrow(() => verify(secret, message))
    t.equal(message.path, '/hook?tenant=7')
    t.equal(message.message.data.id, id)
    t.ok(Date.parse(message.message.timestamp))
  }
  t.same(messages.map(({ message }) => message.type).sort(), ['job.archived', 'job.completed'])
  const archived = messages.find(({ message }) => message.type === 'job.archived')?.message.data
  t.equal(archived.archive.status, 'archived', 'the data is the job as it was at that moment')
  const link = new URL(archived.media[0].url, bench.service.url)
  t.equal((await fetch(link)).status, 200, 'its media link works without a key')

  const { body } = await me.call('GET', `/api/callbacks?jobId=${id}`)
  t.equal(body.data.length, 2)
  for (const callback of body.data) {
    const told = await callbackUntil(me, callback.id, ({ status }) => status === 'delivered')
    t.match(told, { attemptCount: 1, lastStatus: 204, lastError: null, nextAttemptAt: null })
    t.match(told.attempts, [{ number: 1, status: 204, error: null }])
    t.same(JSON.stringify(told.payload), messages.find((m) => m.headers['webhook-id'] === told.id)?.body)
  }
  const events = await me.events(id)
  t.equal(events.filter(({ type }) => type === 'callback.delivered').length, 2)
  t.same(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
    'no gaps',
  )
  t.equal(receiver.received.length, 2, 'nothing twice')
  const metrics = (await bench.call('GET', '/metrics')).body
  t.match(metrics, /fal_jobs_callbacks_total\{verdict="delivered"\} \d/)
  t.match(metrics, /fal_jobs_stage_seconds_count\{stage="callback",kind="all"\} \d/)
})

t.test('only what was asked for is told', async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  const { id } = await me.create({
    ...image,
    callbackUrl: receiver.url,
    callbackEvents: ['job.running'],
  })
  await me.settled(id)
  await receiver.until(1)
  const { body } = await me.call('GET', `/api/callbacks?jobId=${id}`)
  t.same(
    body.data.map(({ type }: { type: string }) => type),
    ['job.running'],
  )
  t.equal(receiver.received[0]?.message.data.status, 'running')
})

t.test('after a rotation both secrets verify, and after the next one only the newest two', async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  const first = await secretOf(me)
  const second = await secretOf(me)
  const told = await me.call('POST', '/api/callbacks/test', { url: receiver.url })
  t.match(told.body, { ok: true, problem: null, status: 204 })
  const [message] = await receiver.until(1)
  if (message === undefined) throw new Error('no message')
  t.equal(message.message.type, 'callback.test')
  t.equal(String(message.headers['webhook-signature']).split(' ').length, 2)
  for (const secret of [first, second]) t.doesNotThrow(() => verify(secret, message))

  const shown = await me.call('GET', '/api/callbacks/secret')
  t.ok(second.startsWith(shown.body.prefix))
  t.ok(Date.parse(shown.body.previousExpiresAt) > Date.now())
  t.notOk(JSON.stringify(shown.body).includes(second), 'shown once')

  const third = (await me.call('POST', '/api/callbacks/secret', { overlapSeconds: 0 })).body.secret
  await me.call('POST', '/api/callbacks/test', { url: receiver.url })
  const after = (await receiver.until(2))[1]
  if (after === undefined) throw new Error('no message')
  t.doesNotThrow(() => verify(third, after))
  for (const secret of [first, second]) t.throws(() => verify(secret, after))
})

t.test('410 ends the tries at once; a redelivery sends the very same message again', async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  receiver.answer(410)
  const { id } = await me.create({
    ...image,
    callbackUrl: receiver.url,
    callbackEvents: ['job.completed'],
  })
  const [first] = await receiver.until(1)
  const { body } = await me.call('GET', `/api/callbacks?jobId=${id}`)
  const cb: string = body.data[0].id
  const failed = await callbackUntil(me, cb, ({ status }) => status === 'failed')
  t.match(failed, { attemptCount: 1, lastStatus: 410, nextAttemptAt: null })
  const events = await me.events(id)
  t.match(
    events.filter(({ type }) => type === 'callback.failed'),
    [{ source: 'callback', data: { callbackId: cb, attempt: 1, nextAttemptAt: null } }],
  )

  receiver.answer(200)
  t.equal((await me.call('POST', `/api/callbacks/${cb}/redeliver`)).status, 202)
  const second = (await receiver.until(2))[1]
  t.equal(second?.headers['webhook-id'], first?.headers['webhook-id'])
  t.equal(second?.body, first?.body)
  await callbackUntil(me, cb, ({ status, attemptCount }) => status === 'delivered' && attemptCount === 2)
  t.equal((await me.call('POST', '/api/callbacks/cb_nonsense/redeliver')).status, 404)
})

t.test('a range is delivered again: the failed ones, of the time asked for, of this client', async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  receiver.answer(410)
  const since = new Date().toISOString()
  const ids = await Promise.all(
    [1, 2, 3].map(async () => (await me.create({ ...image, callbackUrl: receiver.url, archive: false })).id),
  )
  await receiver.until(3)
  const stateOf = async (status: string) =>
    (await me.call('GET', `/api/callbacks?status=${status}`)).body.data.length
  while ((await stateOf('failed')) < 3) await sleep(20)
  receiver.answer(204)
  const past = await me.call('POST', '/api/callbacks/redeliver', {
    since: '2020-01-01T00:00:00Z',
    until: since,
  })
  t.match(past.body, { redelivered: 0, hasMore: false })
  const again = await me.call('POST', '/api/callbacks/redeliver', { since })
  t.match([again.status, again.body], [202, { redelivered: 3, hasMore: false }])
  await receiver.until(6)
  while ((await stateOf('delivered')) < 3) await sleep(20)
  t.same(new Set(receiver.received.map(({ message }) => message.data.id)), new Set(ids))

  // Page by page, though what was delivered again looks like what is still to come.
  const page = async (cursor?: string) =>
    (await me.call('POST', '/api/callbacks/redeliver', { since, status: 'delivered', limit: 2, cursor })).body
  const first = await page()
  t.match(first, { redelivered: 2, hasMore: true })
  await receiver.until(8)
  while ((await stateOf('delivered')) < 3) await sleep(20)
  t.match(await page(first.nextCursor), { redelivered: 1, hasMore: false, nextCursor: null })
  await receiver.until(9)
  const wrong = await me.call('POST', '/api/callbacks/redeliver', { since, cursor: 'x' })
  t.match([wrong.status, wrong.body.errors[0].pointer], [422, '/cursor'])
})

t.test('a crash between the POST and its record sends the same message again', async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  const { store: callbacks } = bench.service.services.jobs.callbacks
  const settle = callbacks.settle
  let crashes = 0
  callbacks.settle = async (...args) => {
    crashes += 1
    if (crashes === 1) throw new Error('the process died here')
    return settle(...args)
  }
  const { id } = await me.create({ ...image, callbackUrl: receiver.url, archive: false })
  const [first, second] = await receiver.until(2)
  t.equal(second?.headers['webhook-id'], first?.headers['webhook-id'], 'under the same id')
  t.equal(second?.body, first?.body)
  const { body } = await me.call('GET', `/api/callbacks?jobId=${id}`)
  t.match(await callbackUntil(me, body.data[0].id, ({ status }) => status === 'delivered'), {
    attemptCount: 1,
  })
})

t.test(
  'an endpoint that fails for five days is disabled with an event, and a passing test enables it',
  async (t) => {
    const me = await newClient(bench)
    const receiver = await startReceiver(t)
    receiver.answer(500)
    const url = `${receiver.url}/hook`
    const first = await me.create({ ...image, callbackUrl: url, archive: false })
    await receiver.until(1)
    const { body } = await me.call('GET', `/api/callbacks?jobId=${first.id}`)
    const waiting = await callbackUntil(me, body.data[0].id, ({ attemptCount }) => attemptCount === 1)
    t.match(waiting, { status: 'pending', lastStatus: 500 })
    t.ok(Date.parse(waiting.nextAttemptAt) > Date.now(), 'it will be tried again')

    const database = new pg.Client({ connectionString: bench.database.url })
    await database.connect()
    t.teardown(() => database.end())
    await database.query(`update callback_endpoint set failing_since = now() - interval '5 days 1 minute'`)
    await me.call('POST', `/api/callbacks/${body.data[0].id}/redeliver`)
    await receiver.until(2)
    const events = async () => (await me.events(first.id)).map(({ type }) => type)
    while (!(await events()).includes('callback.endpoint_disabled')) await sleep(20)

    const second = await me.create({ ...image, callbackUrl: `${url}?other`, archive: false })
    await me.settled(second.id)
    const list = (await me.call('GET', `/api/callbacks?jobId=${second.id}`)).body.data
    const refused = await callbackUntil(me, list[0].id, ({ status }) => status === 'failed')
    t.match(refused, { attemptCount: 0, lastError: /disabled/ })
    t.equal(receiver.received.length, 2, 'it was not called')

    receiver.answer(200)
    t.match((await me.call('POST', '/api/callbacks/test', { url })).body, { ok: true })
    const third = await me.create({ ...image, callbackUrl: url, archive: false })
    await receiver.until(4)
    t.equal(receiver.received[3]?.message.data.id, third.id)
  },
)

t.test("a callback whose task was lost is found and delivered; another client's is not there", async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  receiver.answer(500)
  const { id } = await me.create({ ...image, callbackUrl: receiver.url, archive: false })
  await receiver.until(1)
  const cb: string = (await me.call('GET', `/api/callbacks?jobId=${id}`)).body.data[0].id
  await callbackUntil(me, cb, ({ attemptCount }) => attemptCount === 1)
  const { db, jobs: store } = bench.service.services.store
  await loseTasks(db, { queue: 'callback' })
  await sql`update callback set next_attempt_at = now() - interval '2 minutes' where state = 'pending'`.execute(
    db,
  )
  receiver.answer(204)
  await store.sweepOrphans(100)
  await callbackUntil(me, cb, ({ status }) => status === 'delivered')

  const other = await newClient(bench)
  t.equal((await other.call('GET', `/api/callbacks/${cb}`)).status, 404)
  t.equal((await other.call('POST', `/api/callbacks/${cb}/redeliver`)).status, 404)
  t.same((await other.call('GET', '/api/callbacks')).body.data, [])
})

t.test('asking again while a try is on its way sends one more message and keeps one outcome', async (t) => {
  const me = await newClient(bench)
  const receiver = await startReceiver(t)
  const held: ServerResponse[] = []
  receiver.answer((response) => held.push(response))
  const { id } = await me.create({ ...image, callbackUrl: receiver.url, archive: false })
  await receiver.until(1)
  const cb: string = (await me.call('GET', `/api/callbacks?jobId=${id}`)).body.data[0].id
  await me.call('POST', `/api/callbacks/${cb}/redeliver`)
  await receiver.until(2)
  held[0]?.writeHead(500).end()
  held[1]?.writeHead(200).end()
  const told = await callbackUntil(me, cb, ({ status }) => status === 'delivered')
  t.match(told, { attemptCount: 1, lastStatus: 200 })
  const types = (await me.events(id)).map(({ type }) => type)
  t.equal(types.filter((type) => type === 'callback.delivered').length, 1)
  t.notOk(types.includes('callback.failed'), 'the try that was overtaken has no say')
})

t.test('a URL that no callback may have is refused with a pointer', async (t) => {
  const strict = await startBench(t, { environment: { ...calm, CALLBACK_ALLOW_PRIVATE: '' } })
  const urls = [
    'nonsense',
    'http://example.com/',
    'https://user:pw@example.com/',
    'https://127.0.0.1/',
    'https://[::1]/',
  ]
  for (const callbackUrl of [...urls, 'https://localhost/', 'ftp://example.com/', 'https://10.0.0.1/']) {
    const answer = await strict.call('POST', '/api/jobs', { ...image, callbackUrl })
    t.equal(answer.status, 422, callbackUrl)
    t.match(answer.body.errors, [{ pointer: '/callbackUrl' }])
    const tested = await strict.call('POST', '/api/callbacks/test', { url: callbackUrl })
    t.match(tested.body, { code: 'INVALID_PARAMS', errors: [{ pointer: '/url' }] })
  }
})
