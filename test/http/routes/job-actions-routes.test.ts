/** Poll, cancel, retry, archive again and erase: each documented outcome, and what an erasure leaves. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { JobView } from '../../../src/jobs/read/job-view.ts'
import { absentJob, bearer, type JobBench, startJobBench } from '../job-bench.ts'

const image = { model: 'flux-schnell', prompt: 'a lighthouse' }
const stuck = { ...image, prompt: 'never ends' }
const refused = { ...image, prompt: 'not allowed' }
const faults = [
  { fault: 'stuck', match: { prompt: 'never ends' } },
  { fault: 'content-policy', match: { prompt: 'not allowed' } },
]

t.test('job actions', async (t) => {
  const bench = await startJobBench(t, { simulator: { script: { faults } } })
  const completed = await bench.settled((await bench.create(image)).id)
  const failed = await bench.settled(
    (await bench.create({ ...refused, userId: 'u1', metadata: { a: 'b' } })).id,
  )
  const running = await bench.until((await bench.create(stuck)).id, (job) => job.status === 'running')
  t.equal(failed.status, 'failed')
  const acted = { bench, completed, failed, running }
  pollAndCancel(t, acted)
  retries(t, acted)
  archiveAndMedia(t, acted)
  refusals(t, acted)
})

interface Acted {
  bench: JobBench
  completed: JobView
  failed: JobView
  running: JobView
}

function pollAndCancel(t: Test, { bench, completed, running }: Acted): void {
  const { checked } = bench

  t.test('poll: 200 with the job as it is after the look', async (t) => {
    t.equal((await checked('POST', `/api/jobs/${running.id}/poll`)).body.status, 'running')
    t.equal((await checked('POST', `/api/jobs/${completed.id}/poll`)).body.status, 'completed')
  })

  t.test('an empty body that claims to be JSON is fine where none is wanted', async (t) => {
    const json = { 'content-type': 'application/json' }
    t.equal((await checked('POST', `/api/jobs/${running.id}/poll`, '', json)).status, 200)
    t.equal((await checked('POST', '/api/jobs', '', json)).status, 400)
  })

  t.test('cancel: 409 when the job is final', async (t) => {
    const answer = await checked('POST', `/api/jobs/${completed.id}/cancel`)
    t.equal(answer.status, 409)
    t.equal(answer.body.code, 'JOB_FINAL')
  })

  t.test('cancel: 200 or 202, and canceled in the end', async (t) => {
    const { id } = await bench.create({ ...image, prompt: 'never ends, either' })
    const answer = await checked('POST', `/api/jobs/${id}/cancel`)
    t.ok([200, 202].includes(answer.status))
    t.equal((await bench.settled(id)).status, 'canceled')
  })
}

function retries(t: Test, { bench, completed, failed, running }: Acted): void {
  const { checked } = bench

  t.test('retry: 202, the same request as a new job, linked and idempotent', async (t) => {
    const key = { 'idempotency-key': 'retry' }
    const first = await checked('POST', `/api/jobs/${failed.id}/retry`, undefined, key)
    t.equal(first.status, 202)
    t.not(first.body.id, failed.id)
    t.equal(first.body.retryOf, failed.id)
    t.equal(first.headers.get('location'), `/api/jobs/${first.body.id}`)
    for (const field of ['model', 'params', 'userId', 'metadata'] as const) {
      t.same(first.body[field], failed[field], field)
    }
    const again = await checked('POST', `/api/jobs/${failed.id}/retry`, undefined, key)
    t.equal(again.body.id, first.body.id)
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    const other = await bench.settled((await bench.create(refused)).id)
    const reused = await checked('POST', `/api/jobs/${other.id}/retry`, undefined, key)
    t.equal(reused.body.code, 'IDEMPOTENCY_KEY_REUSED', 'a key belongs to the retry of one job')
    const without = await checked('POST', `/api/jobs/${failed.id}/retry`)
    t.not(without.body.id, first.body.id)
  })

  t.test('retry: 404 once the content is gone by its age', async (t) => {
    const { id } = await bench.settled((await bench.create(refused)).id)
    await bench.query(`update job set result = 'null', input = '{}', params = '{}' where id = $1`, [
      id.slice(4),
    ])
    t.equal((await checked('POST', `/api/jobs/${id}/retry`)).status, 404)
  })

  t.test('retry sends FAL the same input, extra fields included', async (t) => {
    const body = { model: 'workflows/any/unlisted', input: { prompt: 'not allowed', deep: { x: [1, null] } } }
    const job = await bench.settled((await bench.create(body)).id)
    const { id } = (await checked('POST', `/api/jobs/${job.id}/retry`)).body
    const rows = await bench.query('select input::text as input from job where id = any($1)', [
      [job.id, id].map((jobId) => jobId.slice(4)),
    ])
    t.equal(job.status, 'failed')
    t.equal(rows.length, 2)
    t.equal(rows[0]?.input, rows[1]?.input)
  })

  t.test('retry: 409 for a live job and for a completed one', async (t) => {
    const live = await checked('POST', `/api/jobs/${running.id}/retry`)
    t.same([live.status, live.body.code], [409, 'JOB_NOT_FINAL'])
    const done = await checked('POST', `/api/jobs/${completed.id}/retry`)
    t.same([done.status, done.body.code], [409, 'JOB_FINAL'])
  })
}

function archiveAndMedia(t: Test, { bench, completed, failed, running }: Acted): void {
  const { checked } = bench

  t.test('archive: 202 when something is to copy, 200 when nothing is, 409 while live', async (t) => {
    const bare = await bench.settled((await bench.create({ ...image, archive: false })).id)
    t.equal(bare.archive.status, 'disabled')
    const answer = await checked('POST', `/api/jobs/${bare.id}/archive`)
    t.equal(answer.status, 202)
    t.equal((await bench.settled(bare.id)).archive.status, 'archived')
    t.equal((await checked('POST', `/api/jobs/${bare.id}/archive`)).status, 200)
    t.equal((await checked('POST', `/api/jobs/${failed.id}/archive`)).status, 200)
    t.equal((await checked('POST', `/api/jobs/${running.id}/archive`)).body.code, 'JOB_NOT_FINAL')
  })

  t.test('media: 302 to a link that needs no key; as JSON with redirect=0', async (t) => {
    const path = `/api/jobs/${completed.id}/media/0`
    const answer = await checked('GET', path)
    t.equal(answer.status, 302)
    const linked = await fetch(new URL(answer.headers.get('location') ?? '', bench.service.url))
    t.equal(linked.status, 200)
    t.equal((await linked.arrayBuffer()).byteLength, completed.media[0]?.bytes)
    const { body } = await checked('GET', `${path}?redirect=0`)
    t.equal(body.archived, true)
    t.ok(Date.parse(body.expiresAt) > Date.now())
    const head = await fetch(new URL(body.url, bench.service.url), { method: 'HEAD' })
    t.equal(head.status, 200)
    t.equal(Number(head.headers.get('content-length')), completed.media[0]?.bytes)
    t.equal((await head.arrayBuffer()).byteLength, 0)
  })

  t.test("media: FAL's own link while there is no copy", async (t) => {
    const bare = await bench.settled((await bench.create({ ...image, archive: false })).id)
    const answer = await checked('GET', `/api/jobs/${bare.id}/media/0`)
    t.equal(answer.headers.get('location'), bare.media[0]?.sourceUrl)
    const { body } = await checked('GET', `/api/jobs/${bare.id}/media/0?redirect=0`)
    t.same(body, { url: bare.media[0]?.sourceUrl, expiresAt: null, archived: false })
  })
}

function refusals(t: Test, { bench, completed, running }: Acted): void {
  const { checked } = bench

  for (const n of ['1', '99', 'x', '-1', '%00', '1e1']) {
    t.test(`media: 404 for file ${n}`, async (t) => {
      t.ok([404, 422].includes((await checked('GET', `/api/jobs/${completed.id}/media/${n}`)).status))
    })
  }

  t.test('erase: 409 while the job is live', async (t) => {
    const answer = await checked('DELETE', `/api/jobs/${running.id}`)
    t.same([answer.status, answer.body.code], [409, 'JOB_NOT_FINAL'])
    t.equal((await bench.get(running.id)).status, 'running')
    const { data } = (await bench.events(running.id))[0] ?? {}
    t.notSame(data, {}, 'its history is whole')
  })

  t.test('401 and 403 on every action', async (t) => {
    const reader = bearer(await bench.newKey(['jobs:read']))
    for (const action of ['poll', 'cancel', 'retry', 'archive']) {
      const path = `/api/jobs/${completed.id}/${action}`
      t.equal((await checked('POST', path, undefined, { authorization: '' })).status, 401, action)
      t.equal((await checked('POST', path, undefined, reader)).status, 403, action)
      t.equal((await checked('POST', `/api/jobs/${absentJob}/${action}`)).status, 404, action)
    }
    t.equal((await checked('DELETE', `/api/jobs/${completed.id}`, undefined, reader)).status, 403)
    t.equal((await checked('DELETE', `/api/jobs/${absentJob}`)).status, 404)
  })
}

t.test('an erased job leaves a tombstone and nothing of what was asked or made', async (t) => {
  const secret = 'the duchess in her garden'
  const bench = await startJobBench(t)
  const { checked } = bench
  const key = { 'idempotency-key': 'to be erased' }
  const created = await bench.create(
    { ...image, prompt: secret, userId: secret, metadata: { note: secret } },
    key,
  )
  const job = await bench.settled(created.id)
  const requestId = job.fal.requestId ?? ''
  const fileUrl = new URL(job.media[0]?.archiveUrl ?? '', bench.service.url)
  t.equal((await fetch(fileUrl)).status, 200)

  t.equal((await checked('DELETE', `/api/jobs/${job.id}`)).status, 204)
  t.equal((await fetch(fileUrl)).status, 404, 'the archived file is gone when the answer is there')
  t.equal((await checked('DELETE', `/api/jobs/${job.id}`)).status, 204, 'once more is fine')

  const tombstone = (await checked('GET', `/api/jobs/${job.id}`)).body
  t.match(tombstone, { id: job.id, status: 'completed', model: job.model, createdAt: job.createdAt })
  t.ok(tombstone.erasedAt)
  t.same([tombstone.result, tombstone.media, tombstone.params, tombstone.metadata], [null, [], {}, {}])
  const history = await bench.events(job.id)
  t.ok(history.some(({ type }) => type === 'job.erased'))

  const started = Date.now()
  for (;;) {
    const [row] = await bench.query('select erasing from job where id = $1', [job.id.slice(4)])
    if (row?.erasing === null || Date.now() - started > 15_000) break
    await new Promise((settle) => setTimeout(settle, 20))
  }
  const [done] = await bench.query('select erasing from job where id = $1', [job.id.slice(4)])
  t.equal(done?.erasing, null, 'the task behind it has come to its end')

  const replay = await bench.call(
    'POST',
    '/api/jobs',
    { ...image, prompt: secret, userId: secret, metadata: { note: secret } },
    key,
  )
  t.equal(replay.body.id, job.id, 'a replayed create does not pay again')
  t.equal(replay.body.erasedAt, tombstone.erasedAt)

  await bench.simulator.admin.resendWebhook(requestId)
  const after = (await checked('GET', `/api/jobs/${job.id}`)).body
  t.same([after.result, after.media, after.status], [null, [], 'completed'], 'a late webhook revives nothing')
  t.equal((await checked('POST', `/api/jobs/${job.id}/archive`)).status, 200)
  t.equal((await checked('GET', `/api/jobs/${job.id}/media/0`)).status, 404)

  const tables = await bench.query(
    "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  )
  for (const { table_name: table } of tables) {
    const rows = await bench.query(`select count(*)::int as n from ${table} as x where x::text like $1`, [
      `%${secret}%`,
    ])
    t.equal(rows[0]?.n, 0, `nothing of it in ${table}`)
  }
  const inbox = await bench.query(
    "select convert_from(body, 'UTF8') as body from webhook_delivery where request_id = $1",
    [requestId],
  )
  t.ok(inbox.length > 0)
  t.ok(
    inbox.every(({ body }) => body === ''),
    'the inbox keeps no payload, not even of a late repetition',
  )
  const left = await readdir(join(bench.archiveDir, 'archive'), { recursive: true, withFileTypes: true })
  t.same(
    left.filter((entry) => entry.isFile()).map((entry) => entry.name),
    [],
    'the archive holds no file',
  )
  const file = await fetch(job.media[0]?.sourceUrl ?? '')
  t.equal(file.status, 404, "FAL's copy is gone too")
})

t.test("a FAL key without ADMIN scope keeps FAL's copies, not ours", async (t) => {
  const bench = await startJobBench(t, { simulator: { script: { settings: { adminKeys: ['other:key'] } } } })
  const job = await bench.settled((await bench.create(image)).id)
  t.equal((await bench.checked('DELETE', `/api/jobs/${job.id}`)).status, 204)
  while ((await bench.query('select 1 from job where erasing is not null')).length > 0)
    await new Promise((settle) => setTimeout(settle, 20))
  t.ok(bench.logLines.some((line) => line.includes('lacks the ADMIN scope')))
})
