/** Photos given as `data:` URIs: sent to FAL whole, stored once, named everywhere else, and gone with the job. */
import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { startReceiver } from '../support/receiver.ts'
import { startBench } from '../support/service.ts'

const photo = randomBytes(200_000)
const uri = `data:image/png;base64,${photo.toString('base64')}`
const named = {
  data: 'image/png',
  bytes: photo.length,
  sha256: createHash('sha256').update(photo).digest('hex'),
}

const sizeOf = (value: unknown): number => JSON.stringify(value).length

t.test('a data: URI is named in every answer, whole for FAL, and erased with the job', async (t) => {
  const bench = await startBench(t)
  const receiver = await startReceiver(t)
  const request = {
    model: 'fal-ai/flux-pro/kontext',
    prompt: 'make it blue',
    inputImageUrl: uri,
    callbackUrl: receiver.url,
  }

  const quote = await bench.call('POST', '/api/jobs/quote', { ...request, callbackUrl: undefined })
  t.strictSame([quote.status, quote.body.params.inputImageUrl], [200, named])
  t.strictSame(quote.body.input.image_url, named)

  const created = await bench.create(request, { 'idempotency-key': 'photo' })
  t.strictSame(created.params.inputImageUrl, named)
  const job = await bench.settled(created.id)
  t.equal(job.status, 'completed')
  const page = await bench.call('GET', '/api/jobs')
  for (const shown of [created, job, page.body, await bench.events(job.id)])
    t.ok(sizeOf(shown) < 10_000, `${sizeOf(shown)} characters`)
  const replayed = await bench.create(request, { 'idempotency-key': 'photo' })
  t.strictSame([replayed.id, replayed.params.inputImageUrl], [job.id, named])

  const input = await bench.call('GET', `/api/jobs/${job.id}/input`)
  t.ok(input.status === 200 && input.body.image_url === uri)
  const sent = await bench.call('GET', `/api/jobs/${job.id}/input`, undefined, {
    authorization: 'Bearer none',
  })
  t.equal(sent.status, 401)

  for (const { body, message } of await receiver.until(2)) {
    t.ok(body.length < 10_000, `a callback of ${body.length} bytes`)
    t.strictSame([message.data.params.inputImageUrl, message.data.omitted], [named, []])
  }

  const client = new pg.Client({ connectionString: bench.database.url })
  await client.connect()
  t.teardown(() => client.end())
  const stored = `select octet_length(input::text) as input, octet_length(row_to_json(job)::text) as row,
    input_brief::text as brief from job`
  const { rows } = await client.query(stored)
  t.ok(rows[0].row < rows[0].input + 10_000, `stored once: ${rows[0].row} bytes, the input ${rows[0].input}`)

  t.equal((await bench.call('DELETE', `/api/jobs/${job.id}`)).status, 204)
  const erased = await bench.call('GET', `/api/jobs/${job.id}/input`)
  t.strictSame([erased.status, erased.body], [200, {}])
  const after = (await client.query(stored)).rows[0]
  t.strictSame([after.brief, after.row < 5_000], [null, true])
})

t.test('a retry sends the photo again', async (t) => {
  const bench = await startBench(t)
  const prompt = 'x [fault:content-policy]'
  const failed = await bench.settled(
    (await bench.create({ model: 'fal-ai/flux-pro/kontext', prompt, input: { image_url: uri } })).id,
  )
  t.equal(failed.status, 'failed')
  t.ok(sizeOf(failed) < 10_000, 'FAL’s reasons repeat no input')
  const again = await bench.call('POST', `/api/jobs/${failed.id}/retry`)
  t.strictSame([again.status, again.body.retryOf], [202, failed.id])
  const inputs = await Promise.all(
    [failed.id, again.body.id].map((id) => bench.call('GET', `/api/jobs/${id}/input`)),
  )
  t.ok(inputs[1]?.body.image_url === uri)
  t.match(inputs[1]?.body, { prompt })
})
