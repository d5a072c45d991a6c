/** The archive over time: damage is named, the shelf is emptied in bulk, clients' rules hold, and what is too old is gone. */
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { toUuid } from '../../src/domain/ids.ts'
import { keysOf } from '../../src/domain/media/archive-keys.ts'
import type { Difference } from '../../src/jobs/archive/verify-archive.ts'
import { startReceiver } from '../support/receiver.ts'
import { type Bench, startBench } from '../support/service.ts'

async function query(bench: Bench, text: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: bench.database.url })
  await client.connect()
  await client.query(text, values)
  await client.end()
}

const stored = async (bench: Bench, id: string) => {
  const job = await bench.service.services.store.jobs.get(id)
  if (job === null) throw new Error(`no job ${id}`)
  return job
}

t.test('verify reads every file and names each that differs', async (t) => {
  const bench = await startBench(t)
  const { verifyArchive } = bench.service.services.jobs.archive
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'four piers', numOutputs: 4 })
  await bench.settled(id)
  const verify = async (quick = false) => {
    const found: Difference[] = []
    const verified = await verifyArchive({ jobId: id }, (difference) => void found.push(difference), {
      quick,
    })
    return { verified, found }
  }
  const whole = await verify()
  t.strictSame(whole.found, [])
  const job = await stored(bench, id)
  const bytes = job.media.reduce((sum, media) => sum + (media.archive?.bytes ?? 0), 0)
  t.same(whole.verified, { jobs: 1, files: 4, bytes, differences: 0 })

  const [longer, other, missing] = job.media.map(({ archive }) => archive?.key ?? '')
  const at = (key = '') => join(bench.archiveDir, 'archive', key)
  await appendFile(at(longer), 'x')
  await writeFile(at(other), Buffer.alloc(job.media[1]?.archive?.bytes ?? 0, 1))
  await rm(at(missing))
  await rm(at(`${longer}/../manifest.json`))
  const { found } = await verify()
  t.strictSame(
    found.map(({ key }) => key).sort(),
    [longer, other, missing, join(longer ?? '', '../manifest.json')].sort(),
  )
  const problem = (key = '') => found.find((one) => one.key === key)?.problem
  t.match(problem(longer), /has \d+ bytes instead of/)
  t.match(problem(other), /has SHA-256 \w{64} instead of/)
  t.equal(problem(missing), 'is missing')
  t.equal((await verify(true)).found.length, 3, 'sizes alone do not show changed bytes')
})

t.test('many are taken off the shelf at once, and a client may want no copies', async (t) => {
  const bench = await startBench(t)
  const { archive: archiving } = bench.service.services.jobs
  const { jobs: store } = bench.service.services.store
  const shelved = await Promise.all(
    [1, 2, 3].map(() => bench.create({ model: 'flux-schnell', prompt: 'x [fault:cdn-redirect-loop]' })),
  )
  for (const { id } of shelved) t.equal((await bench.settled(id)).archive.status, 'failed')
  const { clientId } = await stored(bench, shelved[0]?.id ?? '')

  await archiving.policies.change(clientId, { archiveByDefault: false })
  t.same(await archiving.policies.get(clientId), {
    archiveByDefault: false,
    keepMediaDays: null,
    keepContentDays: null,
    keepJobsDays: null,
    turnWeight: 1,
    maxInFlight: null,
  })
  t.equal(await archiving.policies.change('cli_00000000-0000-7000-8000-000000000000', {}), null)
  t.equal(await archiving.rearchive({ clientId: 'cli_00000000-0000-7000-8000-000000000000' }), 0)
  t.equal(await archiving.rearchive({ until: 0 }), 0)
  t.equal(await archiving.rearchive({ clientId, limit: 2 }), 2)
  for (const { id } of shelved) await bench.settled(id)
  const events = await Promise.all(shelved.map(({ id }) => store.events(id, { limit: 100, afterSeq: 0 })))
  const failures = events.map((list) => list.filter(({ type }) => type === 'archive.failed').length)
  t.same(failures.sort(), [1, 2, 2], 'two were tried again and returned to the shelf')
})

t.test('a client that wants no copies gets them only on demand', async (t) => {
  const bench = await startBench(t)
  const { archive: archiving } = bench.service.services.jobs
  const [key] = (await bench.call('GET', '/api/keys')).body.data
  await archiving.policies.change(key.clientId, { archiveByDefault: false })
  const first = await bench.settled((await bench.create({ model: 'flux-schnell', prompt: 'a' })).id)
  const asked = await bench.settled(
    (await bench.create({ model: 'flux-schnell', prompt: 'b', archive: true })).id,
  )
  t.equal(asked.archive.status, 'archived', 'the job may ask for one')
  t.equal(first.archive.status, 'disabled')
  t.equal(await archiving.rearchive({ statuses: ['disabled'] }), 1)
  t.equal((await bench.settled(first.id)).archive.status, 'archived')
})

t.test('files, contents and jobs go when they are older than their client keeps them', async (t) => {
  const bench = await startBench(t)
  const { archive: archiving } = bench.service.services.jobs
  const { files: archive } = bench.service.services.jobs.archive
  const create = async (prompt: string) =>
    (await bench.settled((await bench.create({ model: 'flux-schnell', prompt })).id)).id
  const [young, media, content, whole] = [
    await create('young'),
    await create('media'),
    await create('content'),
    await create('whole'),
  ]
  const { clientId } = await stored(bench, young)
  const keys = new Map(
    await Promise.all(
      [young, media, content, whole].map(async (id) => [id, keysOf(await stored(bench, id))] as const),
    ),
  )
  const age = (id: string, days: number) =>
    query(bench, `update job set completed_at = completed_at - make_interval(days => $2) where id = $1`, [
      toUuid('job', id),
      days,
    ])
  await age(media, 11)
  await age(content, 21)
  await age(whole, 31)
  t.same(await archiving.eraseAged(), { job: 0, media: 0, content: 0 }, 'kept for good unless told')
  await archiving.policies.change(clientId, { keepMediaDays: 10, keepContentDays: 20, keepJobsDays: 30 })

  t.same(await archiving.eraseAged(), { job: 1, media: 2, content: 1 })
  t.same(await archiving.eraseAged(), { job: 0, media: 0, content: 0 }, 'a second run finds nothing')

  t.match(await bench.get(young), { params: { prompt: 'young' }, archive: { status: 'archived' } })
  t.match(await bench.get(media), {
    status: 'completed',
    params: { prompt: 'media' },
    media: [],
    archive: { status: 'none' },
  })
  t.match(await bench.get(content), { status: 'completed', params: {}, result: null, media: [] })
  t.notOk(JSON.stringify(await bench.get(content)).includes('"content"'))
  const gone = [media, content, whole].flatMap((id) => keys.get(id) ?? [])
  t.equal(gone.length, 6, 'a file and a manifest each')
  const erased = async () =>
    (await Promise.all(gone.map((key) => archive.head(key)))).every((head) => head === null)
  await bench.until(young, () => true)
  for (let look = 0; look < 200 && !(await erased()); look++) await bench.get(young)
  t.ok(await erased())
  for (const key of keys.get(young) ?? []) t.ok(await archive.head(key), 'the young one is whole')
})

t.test('a callback that outlives the content of its job is delivered, and then emptied too', async (t) => {
  const bench = await startBench(t)
  const receiver = await startReceiver(t)
  receiver.answer(500)
  const { id } = await bench.create({
    model: 'flux-schnell',
    prompt: 'a secret garden',
    callbackUrl: receiver.url,
    callbackEvents: ['job.completed'],
  })
  await bench.settled(id)
  await receiver.until(1)
  const { archive: archiving } = bench.service.services.jobs
  await archiving.policies.change((await stored(bench, id)).clientId, { keepContentDays: 1 })
  await query(bench, `update job set completed_at = completed_at - interval '2 days' where id = $1`, [
    toUuid('job', id),
  ])
  t.match(await archiving.eraseAged(), { content: 1 })
  receiver.answer(204)
  const [callback] = (await bench.call('GET', '/api/callbacks')).body.data
  t.equal((await bench.call('POST', `/api/callbacks/${callback.id}/redeliver`)).status, 202)
  const [, last] = await receiver.until(2)
  t.match(last?.body, /a secret garden/, 'it is told what it waits for')
  const look = async () => (await bench.call('GET', `/api/callbacks/${callback.id}`)).body
  while ((await look()).status !== 'delivered') await sleep(20)
  t.notMatch(JSON.stringify(await look()), /a secret garden/)
  t.equal((await bench.call('POST', `/api/callbacks/${callback.id}/redeliver`)).status, 404)
})
