/** The dead-letter shelf: whatever was given up stands on it with its reason, and leaves it by being asked for again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { newClient } from '../../support/client.ts'
import { startReceiver } from '../../support/receiver.ts'
import { startBench } from '../../support/service.ts'

/** A receiver that wants no more of it, and a file that lies where we may not go. */
async function benchWithDeadLetters(t: Parameters<typeof startBench>[0]) {
  const bench = await startBench(t)
  const receiver = await startReceiver(t)
  receiver.answer(410)
  const shelf = async (query = '') => (await bench.call('GET', `/api/shelf${query}`)).body
  const until = async (count: number) => {
    for (let tries = 0; ; tries++) {
      const page = await shelf()
      if (page.data.length === count) return page.data
      if (tries > 400) throw new Error(`${JSON.stringify(page)} is not ${count} items`)
      await sleep(25)
    }
  }
  const job = await bench.create({
    model: 'flux-schnell',
    prompt: 'a ruin [fault:cdn-redirect-private]',
    numOutputs: 2,
    callbackUrl: receiver.url,
    callbackEvents: ['job.completed'],
  })
  await bench.settled(job.id)
  return { bench, receiver, shelf, until, job }
}

t.test('copies and callbacks that were given up are listed with reason, age, size and tries', async (t) => {
  const { bench, shelf, until, job } = await benchWithDeadLetters(t)
  const items = await until(2)
  const archive = items.find(({ kind }: { kind: string }) => kind === 'archive')
  t.match(archive, { id: job.id, jobId: job.id, what: /^\d of 2 files$/, reason: /.+/, clientId: /^cli_/ })
  t.ok(archive.bytes === null || archive.bytes > 0)
  t.ok(archive.tries >= 1 && archive.ageSeconds >= 0 && archive.ageSeconds < 60)
  const callback = items.find(({ kind }: { kind: string }) => kind === 'callback')
  t.match(callback, { id: /^cb_/, jobId: job.id, what: 'job.completed', reason: /410/, tries: 1 })
  t.ok(callback.bytes > 100, 'the size of the message')
  const metrics = String((await bench.call('GET', '/metrics')).body)
  t.match(metrics, /^fal_jobs_callbacks_undelivered\{state="failed"\} 1$/m)
  t.match(metrics, /^fal_jobs_jobs\{state="archive_failed"\} 1$/m)
  t.strictSame(
    (await shelf('?kind=callback')).data.map(({ id }: { id: string }) => id),
    [callback.id],
  )
  const first = await shelf('?limit=1')
  t.match(first, { hasMore: true, data: [{ id: job.id }] })
  t.match(await shelf(`?limit=1&cursor=${first.nextCursor}`), { hasMore: false, data: [{ id: callback.id }] })
})

t.test('one request tries each again, whatever it is; what is not on the shelf is not found', async (t) => {
  const { bench, receiver, until, job } = await benchWithDeadLetters(t)
  const items = await until(2)
  const callback = items.find(({ kind }: { kind: string }) => kind === 'callback')
  const requeue = (id: string) => bench.call('POST', `/api/shelf/${id}/requeue`)
  receiver.answer(204)
  t.match(await requeue(callback.id), { status: 202, body: { id: callback.id, kind: 'callback' } })
  await until(1)
  t.match((await bench.call('GET', `/api/callbacks/${callback.id}`)).body, { id: callback.id })
  await receiver.until(2)
  t.equal((await requeue(callback.id)).status, 404, 'delivered: no longer on the shelf')
  t.match(await requeue(job.id), { status: 202, body: { id: job.id, kind: 'archive' } })
  await bench.settled(job.id)
  t.equal((await until(1))[0].id, job.id, 'the file is still nowhere: back on the shelf')
  for (const id of ['job_x', 'nothing', `cb_${job.id.slice(4)}`]) t.equal((await requeue(id)).status, 404)
})

t.test('all of it is tried again page by page, and one that cannot be does not stop the rest', async (t) => {
  const { bench, receiver, until, job } = await benchWithDeadLetters(t)
  await until(2)
  // A row that nobody can make sense of any more.
  const { db } = bench.service.services.store
  await sql`update job set created_at = 'infinity' where id = ${job.id.slice(4)}`.execute(db)
  receiver.answer(204)
  const first = await bench.call('POST', '/api/shelf/requeue', { limit: 1 })
  t.match(first, { status: 202, body: { data: [], hasMore: true } })
  const second = await bench.call('POST', '/api/shelf/requeue', { cursor: first.body.nextCursor })
  t.match(second, { status: 202, body: { data: [{ kind: 'callback' }], hasMore: false } })
  await receiver.until(2)
  t.ok(
    bench.logLines.some(
      (line) => line.includes('dead letter could not be requeued') && line.includes(job.id),
    ),
  )
})

t.test('a client sees and moves its own; only an admin all', async (t) => {
  const { bench, until, job } = await benchWithDeadLetters(t)
  await until(2)
  const other = await newClient(bench)
  t.strictSame((await other.call('GET', '/api/shelf')).body.data, [])
  t.equal((await other.call('GET', '/api/shelf?allClients=true')).status, 403)
  t.equal((await other.call('POST', `/api/shelf/${job.id}/requeue`)).status, 404)
  t.equal((await other.call('POST', '/api/shelf/requeue', { allClients: true })).status, 403)
  const lost = await other.create({ model: 'flux-schnell', prompt: 'a ruin [fault:cdn-redirect-private]' })
  await other.settled(lost.id)
  const all = (await bench.call('GET', '/api/shelf?allClients=true&kind=archive')).body.data
  t.strictSame(
    all.map(({ clientId }: { clientId: string }) => clientId === other.clientId),
    [false, true],
  )
  t.equal((await bench.call('POST', `/api/shelf/${lost.id}/requeue`)).status, 202)
})
