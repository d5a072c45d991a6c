/** The inbox: whoever comes first, webhook or submit answer, and however often, one settlement comes of it. */

import { sql } from 'kysely'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { createMemoryBudget } from '../../../../src/concurrency/memory-budget.ts'
import { toId } from '../../../../src/domain/ids.ts'
import type { Job } from '../../../../src/domain/job.ts'
import { makeRecoverWork } from '../../../../src/jobs/maintenance/recover-work.ts'
import { factsOfDelivery, makeReceiveWebhook } from '../../../../src/jobs/run/receive-webhook.ts'
import { creation, request, run } from '../../../domain/sample-job.ts'
import { openStore, type StoreBench } from '../../../support/store.ts'
import { quiet } from '../../fal/key-server.ts'

const clock = { now: Date.now }
const ruleCost = () => null
const context = { now: Date.now(), ruleCost }

async function setUp(t: Parameters<typeof openStore>[0], accountId: string | null = null) {
  const bench = await openStore(t)
  let account = 'our-account'
  const receive = makeReceiveWebhook({
    memory: createMemoryBudget(1_000_000),
    verifier: {
      readHeaders: () => ({ falUserId: account }),
      verify: async (headers) => ({
        type: 'verified',
        requestId: String(headers['x-request']),
        falUserId: account,
        timestamp: Date.now() / 1000,
      }),
    },
    redact: (text) => text,
    store: bench.store,
    clock,
    ruleCost,
    log: quiet,
    accountId,
  })
  const deliver = (requestId: string, body: unknown, by: { job?: Job; token?: string } = {}) =>
    receive({
      headers: { 'x-request': requestId },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      jobId: by.job?.id ?? null,
      token: by.token ?? by.job?.webhookToken ?? null,
    })
  return {
    ...bench,
    deliver,
    as(other: string) {
      account = other
    },
    sending: () => sendingJob(bench),
    /** The submit's answer, as its closing transaction saves it. */
    answer: (job: Job, requestId: string) =>
      bench.store.record(
        job.id,
        (current, waiting) => [
          { type: 'submitted', request: { ...request, requestId } },
          ...waiting.flatMap((delivery) => factsOfDelivery(delivery, current, context)),
        ],
        { source: 'submit', joinRequestId: requestId },
      ),
  }
}

async function sendingJob({ store, key }: StoreBench): Promise<Job> {
  const id = toId('job', newUuid())
  await store.create(creation({ id, clientId: key.clientId, reservedMicros: 0 }), null)
  const sent = await store.record(id, () => [{ type: 'submitting', run, webhookAsked: true }], {
    source: 'submit',
  })
  if (sent === null) throw new Error('no job')
  return sent.job
}

const ok = (requestId: string) => ({
  request_id: requestId,
  status: 'OK',
  error: null,
  payload: { images: [{ url: 'https://v3b.fal.media/files/b/0a1b2c3d/x.png' }] },
})
const refusal = (requestId: string) => ({
  request_id: requestId,
  status: 'ERROR',
  error: 'Invalid status code: 422',
  payload: { detail: [{ loc: ['body', 'prompt'], msg: 'no', type: 'value_error' }] },
})

for (const first of ['webhook', 'answer'] as const) {
  t.test(`with the ${first} first into the database, a webhook without token settles its job`, async (t) => {
    const { deliver, answer, sending, db, store } = await setUp(t)
    const job = await sending()
    const requestId = newUuid()
    const running: Promise<unknown>[] = []
    // Both want the lock of the request; who asks first gets it first.
    await db.connection().execute(async (holder) => {
      await sql`select pg_advisory_lock(hashtextextended(${requestId}, 7411))`.execute(holder)
      const acts = { webhook: () => deliver(requestId, ok(requestId)), answer: () => answer(job, requestId) }
      const order = first === 'webhook' ? [acts.webhook, acts.answer] : [acts.answer, acts.webhook]
      for (const [index, act] of order.entries()) {
        running.push(act())
        await untilWaiting(holder, index + 1)
      }
      await sql`select pg_advisory_unlock(hashtextextended(${requestId}, 7411))`.execute(holder)
    })
    await Promise.all(running)
    const settled = await store.get(job.id)
    t.equal(settled?.status, 'completed')
    t.equal(settled?.requestId, requestId)
    t.ok(settled?.statusUrl, 'the addresses of the answer are there whoever came first')
    const waiting = await db.selectFrom('webhook_delivery').select('state').execute()
    t.strictSame(waiting, [{ state: 'applied' }])
  })
}

async function untilWaiting(holder: StoreBench['db'], count: number): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`.execute(holder)
    if ((rows[0]?.n ?? 0) >= count) return
  }
  throw new Error('nobody waits for the lock')
}

t.test(
  'a webhook by token settles a job whose submit answer is still under way, and the answer adds to it',
  async (t) => {
    const { deliver, answer, sending, store } = await setUp(t)
    const job = await sending()
    const requestId = newUuid()
    t.match(await deliver(requestId, ok(requestId), { job }), { type: 'applied', changed: true })
    t.match(await store.get(job.id), { status: 'completed', submission: 'accepted', requestId })
    t.match(await answer(job, requestId), { changed: true, job: { status: 'completed' } })
    const types = (await store.events(job.id, { limit: 50, afterSeq: 0 })).map((event) => event.type)
    t.strictSame(types, ['job.created', 'job.submitted', 'job.running', 'job.completed', 'archive.started'])
  },
)

t.test('an answer that was lost after the webhook came does not make the job uncertain', async (t) => {
  const { deliver, sending, store } = await setUp(t)
  const job = await sending()
  const requestId = newUuid()
  await deliver(requestId, ok(requestId), { job })
  const cut = await store.record(job.id, () => [{ type: 'submit_uncertain', run, reason: 'cut' }], {
    source: 'submit',
  })
  t.equal(cut?.changed, false)
  const refused = await store.record(
    job.id,
    () => [{ type: 'submit_refused', run, error: { code: 'FAL_REJECTED', message: 'x', retryable: false } }],
    { source: 'submit' },
  )
  t.equal(refused?.changed, false)
})

t.test('twenty deliveries of one webhook at once are one settlement', async (t) => {
  const { deliver, sending, store, db } = await setUp(t)
  const job = await sending()
  const requestId = newUuid()
  const verdicts = await Promise.all(
    Array.from({ length: 20 }, () => deliver(requestId, ok(requestId), { job })),
  )
  t.equal(verdicts.filter((verdict) => verdict.type === 'applied').length, 1)
  t.equal(verdicts.filter((verdict) => verdict.type === 'duplicate').length, 19)
  const events = await store.events(job.id, { limit: 50, afterSeq: 0 })
  t.equal(events.filter((event) => event.type === 'job.completed').length, 1)
  t.strictSame(await db.selectFrom('webhook_delivery').select('state').execute(), [{ state: 'applied' }])
})

t.test('a doubtful webhook that comes twice asks the queue once', async (t) => {
  const { deliver, answer, sending, store } = await setUp(t)
  const job = await sending()
  const requestId = newUuid()
  await answer(job, requestId)
  const doubtful = { request_id: requestId, status: 'ERROR', error: 'Internal', payload: null }
  t.match(await deliver(requestId, doubtful), { type: 'applied', changed: true })
  t.match(await deliver(requestId, doubtful), { type: 'duplicate' })
  const events = await store.events(job.id, { limit: 50, afterSeq: 0 })
  t.equal(events.filter((event) => event.type === 'job.result_awaited').length, 1)
})

t.test('a signed webhook that cannot be read makes its job be looked at', async (t) => {
  const { deliver, answer, sending, store } = await setUp(t)
  const job = await sending()
  const requestId = newUuid()
  await answer(job, requestId)
  t.match(await deliver(requestId, 'not json'), { type: 'applied', changed: true })
  t.match(await store.get(job.id), { status: 'running' })
})

t.test('a parked webhook is joined by recovery when a list, not an answer, told the request', async (t) => {
  const { deliver, sending, store, db } = await setUp(t)
  const job = await sending()
  const requestId = newUuid()
  t.match(await deliver(requestId, ok(requestId)), { type: 'waiting' })
  t.match(await deliver(requestId, ok(requestId)), { type: 'duplicate' })
  // As an earlier version did: the request is known, and nobody looked into the inbox.
  await store.record(job.id, () => [{ type: 'submitted', request: { ...request, requestId } }], {
    source: 'poll',
  })
  const recover = makeRecoverWork({ store, clock, ruleCost, log: quiet })
  t.equal(await recover(), 1)
  t.match(await store.get(job.id), { status: 'completed' })
  t.strictSame(await db.selectFrom('webhook_delivery').select('state').execute(), [{ state: 'applied' }])
  t.equal(await recover(), 0)
})

t.test('of a job that was sent twice by policy the first result counts and no refusal', async (t) => {
  const { deliver, answer, sending, store } = await setUp(t)
  const job = await sending()
  await store.record(job.id, () => [{ type: 'submit_uncertain', run, reason: 'cut' }, { type: 'resubmit' }], {
    source: 'submit',
  })
  await store.record(job.id, () => [{ type: 'submitting', run: 'task:1', webhookAsked: true }], {
    source: 'submit',
  })
  const [lost, known] = [newUuid(), newUuid()]
  await answer(job, known)
  t.match(await deliver(lost, refusal(lost), { job }), { type: 'waiting' }, 'kept, but believed of no job')
  t.match(await store.get(job.id), { status: 'running', requestId: known })
  t.match(await deliver(lost, ok(lost), { job }), { type: 'applied', changed: true })
  t.match(await store.get(job.id), { status: 'completed', requestId: known })
  t.match(await deliver(known, ok(known), { job }), { type: 'applied', changed: false })
})

t.test('a request that another job owns settles that job, whatever our URL says', async (t) => {
  const { deliver, answer, sending, store } = await setUp(t)
  const [named, owner] = [await sending(), await sending()]
  const requestId = newUuid()
  await answer(owner, requestId)
  t.match(await deliver(requestId, ok(requestId), { job: named }), { type: 'applied', job: { id: owner.id } })
  t.match(await store.get(named.id), { status: 'pending', submission: 'sending', requestId: null })
})

t.test('a wrong token names no job', async (t) => {
  const { deliver, sending, store } = await setUp(t)
  const job = await sending()
  const requestId = newUuid()
  t.match(await deliver(requestId, ok(requestId), { job, token: 'guessed' }), { type: 'waiting' })
  t.match(await store.get(job.id), { status: 'pending', requestId: null })
})

t.test('the account is learned from the first delivery for a job of ours and kept', async (t) => {
  const { deliver, answer, sending, store, as } = await setUp(t)
  const job = await sending()
  const [unknown, requestId] = [newUuid(), newUuid()]
  as('stranger')
  t.match(await deliver(unknown, ok(unknown)), { type: 'waiting' }, 'before it is learned nobody is refused')
  as('our-account')
  await deliver(requestId, ok(requestId), { job })
  t.match(await store.get(job.id), { status: 'completed' })
  as('stranger')
  const other = newUuid()
  t.match(await deliver(other, ok(other)), { type: 'foreign' }, 'also for a request nobody knows')
  const second = await sending()
  t.match(await deliver(other, ok(other), { job: second }), { type: 'foreign' })
  t.match(
    await answer(second, unknown),
    { job: { status: 'running' } },
    "a stranger's parked word is not believed",
  )
})

t.test('a configured account overrules one that was learned', async (t) => {
  const { deliver, answer, sending, store, as, db } = await setUp(t, 'moved-account')
  await sql`insert into setting (name, value) values ('fal_account', '"our-account"')`.execute(db)
  const job = await sending()
  const requestId = newUuid()
  t.match(await deliver(requestId, ok(requestId), { job }), { type: 'foreign' })
  as('moved-account')
  t.match(await deliver(requestId, ok(requestId), { job }), { type: 'applied' })
  t.match(await store.get(job.id), { status: 'completed' })
  const [second, parked] = [await sending(), newUuid()]
  t.match(await deliver(parked, ok(parked)), { type: 'waiting' })
  t.match(
    await answer(second, parked),
    { job: { status: 'completed' } },
    'what was parked is judged by it too',
  )
})

t.test(
  'an account in the settings that cannot be read is an error, which FAL answers with a retry',
  async (t) => {
    const { deliver, sending, db } = await setUp(t)
    await sql`insert into setting (name, value) values ('fal_account', '17')`.execute(db)
    const requestId = newUuid()
    await t.rejects(deliver(requestId, ok(requestId), { job: await sending() }), /fal_account is unreadable/)
    t.strictSame(await db.selectFrom('webhook_delivery').select('id').execute(), [])
  },
)
