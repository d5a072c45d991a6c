/** An erasure is told done only when the bucket holds nothing of the job any more; until then job and dead-letter list say what is left. */
import t, { type Test } from 'tap'
import { startBucket } from '../infra/archive/s3-server.ts'
import { startBench } from '../support/service.ts'

async function benchOnBucket(t: Test) {
  const { options, refuses } = await startBucket(t)
  const bench = await startBench(t, {
    environment: {
      ARCHIVE_BUCKET: options.bucket,
      S3_ENDPOINT: options.endpoint ?? '',
      S3_REGION: options.region,
      S3_ACCESS_KEY_ID: options.accessKeyId ?? '',
      S3_SECRET_ACCESS_KEY: options.secretAccessKey ?? '',
      S3_FORCE_PATH_STYLE: '1',
    },
  })
  const { files: archive } = bench.service.services.jobs.archive
  const archivedJob = async () => {
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier', numOutputs: 2 })
    const job = await bench.settled(id)
    t.equal(job.archive.status, 'archived', job.archive.lastError ?? '')
    return job
  }
  const objects = async () => {
    const keys: string[] = []
    for await (const { key } of archive.list('')) if (!key.startsWith('probe/')) keys.push(key)
    return keys.toSorted()
  }
  return { bench, archive, refuses, archivedJob, objects }
}

t.test('a job whose objects cannot be deleted is not told erased, and says what is left', async (t) => {
  const { bench, refuses, archivedJob, objects } = await benchOnBucket(t)
  const { id } = await archivedJob()
  refuses.batchDeletes = [403, 'AccessDenied']
  refuses.singleDeletes = [403, 'AccessDenied']

  const answer = await bench.call('DELETE', `/api/jobs/${id}`)
  t.equal(answer.status, 202)
  t.match(answer.body, {
    erasedAt: null,
    result: null,
    media: [],
    params: {},
    erasing: { objectsLeft: 3, lastError: /3 objects are left.*AccessDenied 403/ },
  })
  t.equal((await objects()).length, 3)
  t.match(await bench.get(id), { erasedAt: null, erasing: { objectsLeft: 3 } })

  await bench.until(id, (job) => (job.erasing?.failures ?? 0) >= 3)
  const { data } = (await bench.call('GET', '/api/shelf?kind=erase')).body
  t.match(data, [
    { id, kind: 'erase', jobId: id, what: '3 objects to delete', reason: /AccessDenied/, bytes: null },
  ])
  t.equal((await bench.call('GET', '/api/shelf')).body.data.length, 1)
  const metrics = String((await bench.call('GET', '/metrics')).body)
  t.match(metrics, /^fal_jobs_jobs\{state="erase_failing"\} 1$/m)
  t.equal((await bench.call('GET', '/api/shelf?kind=archive')).body.data.length, 0)

  delete refuses.batchDeletes
  delete refuses.singleDeletes
  const asked = await bench.call('POST', `/api/shelf/${id}/requeue`)
  t.same([asked.status, asked.body.kind], [202, 'erase'])
  const erased = await bench.until(id, (job) => job.erasedAt !== null)
  t.equal(erased.erasing, null)
  t.same(await objects(), [])
  t.equal((await bench.call('GET', '/api/shelf')).body.data.length, 0, 'it leaves the list by itself')
  t.equal((await bench.call('DELETE', `/api/jobs/${id}`)).status, 204)
})

t.test('asking again tries at once', async (t) => {
  const { bench, refuses, archivedJob, objects } = await benchOnBucket(t)
  const { id } = await archivedJob()
  refuses.singleDeletes = [403, 'AccessDenied']
  refuses.batchDeletes = [403, 'AccessDenied']
  t.equal((await bench.call('DELETE', `/api/jobs/${id}`)).status, 202)
  delete refuses.singleDeletes
  t.equal((await bench.call('DELETE', `/api/jobs/${id}`)).status, 204, 'a batch alone may be refused')
  t.same(await objects(), [])
})

t.test('what a repair had set aside, and what lay unknown beside the files, goes with the job', async (t) => {
  const { bench, archive, archivedJob, objects } = await benchOnBucket(t)
  const { id } = await archivedJob()
  const kept = await archivedJob()
  const folder = (await objects()).find((key) => key.includes(id))?.replace(/[^/]+$/, '') ?? ''
  const body = Buffer.from('stray')
  const stray = { body, contentLength: body.length, contentType: 'image/png' }
  for (const key of [`${folder}9-stray.png`, `set-aside/${folder}8-stray.png`])
    await archive.put({ key, ...stray })
  t.equal((await bench.call('DELETE', `/api/jobs/${id}`)).status, 204)
  const left = await objects()
  t.equal(left.length, 3)
  t.ok(left.every((key) => key.includes(kept.id)))
})

t.test('a replayed create tells the erasure as the job does', async (t) => {
  const { bench, refuses } = await benchOnBucket(t)
  const headers = { 'idempotency-key': 'once' }
  const wish = { model: 'flux-schnell', prompt: 'a pier' }
  const { id } = await bench.settled((await bench.create(wish, headers)).id)
  refuses.singleDeletes = [403, 'AccessDenied']
  refuses.batchDeletes = [403, 'AccessDenied']
  await bench.call('DELETE', `/api/jobs/${id}`)
  t.equal((await bench.call('POST', '/api/jobs', wish, headers)).body.erasedAt, null)
  delete refuses.singleDeletes
  const { status } = await bench.call('DELETE', `/api/jobs/${id}`)
  t.equal(status, 204)
  const { erasedAt } = await bench.get(id)
  t.ok(erasedAt)
  t.equal((await bench.call('POST', '/api/jobs', wish, headers)).body.erasedAt, erasedAt)
})
