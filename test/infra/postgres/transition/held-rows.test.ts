/** A row that somebody else holds (an operator's psql, a hung transaction): only who needs it waits, and not for ever. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import type { Delivery } from '../../../../src/ports/job-store.ts'
import { creation, request, run } from '../../../domain/sample-job.ts'
import { openStore } from '../../../support/store.ts'

/** Jobs of a store, and a second connection that holds the row of one of them. */
async function crowd(t: Test, size: number) {
  const opened = await openStore(t)
  const { store, key } = opened
  const ids = Array.from({ length: size }, () => `job_${newUuid()}`)
  const creations = ids.map((id) =>
    creation({ id, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 }),
  )
  await Promise.all(creations.map((one) => store.create(one, null)))
  const holder = new pg.Client({ connectionString: opened.url })
  await holder.connect()
  t.teardown(() => holder.end())
  return {
    ...opened,
    ids,
    jobs: creations.map(({ after }) => after),
    async hold(id: string) {
      await holder.query('begin')
      await holder.query('select from job where id = $1 for update', [id.slice('job_'.length)])
    },
    releaseRows: () => holder.query('rollback'),
  }
}

const submitting = () => [{ type: 'submitting' as const, run, webhookAsked: true }]

/** Who was answered, in the order of the answers, and how. */
async function answersOf<T>(asked: [string, Promise<T>][]): Promise<[string, unknown][]> {
  const order: [string, unknown][] = []
  await Promise.all(
    asked.map(([id, answer]) =>
      answer.then(
        () => order.push([id, 'done']),
        (error: unknown) => order.push([id, error]),
      ),
    ),
  )
  return order
}

t.test('changes that share a commit do not wait for the row that is held', async (t) => {
  const { store, ids, hold, releaseRows } = await crowd(t, 40)
  const [held = ''] = ids
  await hold(held)
  const begun = performance.now()
  const others: number[] = []
  const order = await answersOf(
    ids.map((id) => {
      const recorded = store.record(id, submitting, { source: 'submit' })
      if (id !== held) void recorded.then(() => others.push(performance.now() - begun))
      return [id, recorded]
    }),
  )
  t.comment(`neighbours within ${Math.round(Math.max(...others))} ms`)
  t.equal(others.length, ids.length - 1, 'all neighbours committed while it was held')
  const [lastId, error] = order.at(-1) ?? []
  t.equal(lastId, held)
  t.match(error, { code: '55P03' }, 'the one that is held gives up with an error that may be tried again')
  t.ok(Math.max(...others) < 2_500, 'nobody else waited as long as it did')
  await releaseRows()
  t.match(await store.record(held, submitting, { source: 'submit' }), { changed: true })
})

t.test('a row that is held for a moment is waited for', async (t) => {
  const { store, ids, hold, releaseRows } = await crowd(t, 3)
  const [held = ''] = ids
  await hold(held)
  const recorded = ids.map((id) => store.record(id, submitting, { source: 'submit' }))
  await Promise.all(recorded.slice(1))
  await releaseRows()
  t.match(await recorded[0], { changed: true, job: { submission: 'sending' } })
})

t.test('a change of a job that does not exist is told so among others that do', async (t) => {
  const { store, ids } = await crowd(t, 2)
  const [nobody, ...rest] = await Promise.all(
    [`job_${newUuid()}`, ...ids].map((id) => store.record(id, submitting, { source: 'submit' })),
  )
  t.equal(nobody, null)
  t.match(rest, [{ changed: true }, { changed: true }])
})

t.test('deliveries that share a commit do not fail with the one whose job is held', async (t) => {
  const { store, ids, jobs, hold, releaseRows } = await crowd(t, 20)
  const requests = new Map(ids.map((id) => [id, newUuid()]))
  const deliver = (id: string, index: number) => {
    const delivery: Delivery = {
      requestId: requests.get(id) ?? '',
      falUserId: 'account',
      sentAt: Date.now(),
      jobId: id,
      token: jobs[index]?.webhookToken ?? null,
      accountIsPinned: true,
      body: Buffer.from(id),
    }
    const submitted = { type: 'submitted' as const, request: { ...request, requestId: delivery.requestId } }
    return store.receive(delivery, () => [submitted])
  }
  const [held = ''] = ids
  await hold(held)
  const order = await answersOf(ids.map((id, index) => [id, deliver(id, index)]))
  t.strictSame(
    order.filter(([, how]) => how === 'done').length,
    ids.length - 1,
    'all others are durable: FAL is told so',
  )
  t.match(order.at(-1), [held, { code: '55P03' }])
  await releaseRows()
  t.match(await deliver(held, 0), { type: 'applied', changed: true })
})

t.test('a table that is locked against writes can be read all the same', async (t) => {
  const { store, ids, key, url } = await crowd(t, 1)
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query('lock table job in share mode')
  const creations = Array.from({ length: 40 }, () =>
    creation({ id: `job_${newUuid()}`, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 }),
  )
  const charges = { monthLimitMicros: 1_000_000_000 }
  const creating = Promise.allSettled([
    ...creations.map((one) => store.create(one, null)),
    ...creations.map((one) => store.create(one, null, charges)),
    ...ids.map((id) => store.record(id, submitting, { source: 'submit' })),
  ])
  await sleep(100)
  const begun = performance.now()
  for (let n = 0; n < 5; n++) t.match(await store.get(ids[0] ?? ''), { id: ids[0] })
  t.ok(performance.now() - begun < 1_000, `within ${Math.round(performance.now() - begun)} ms`)
  await holder.end()
  await creating
})
