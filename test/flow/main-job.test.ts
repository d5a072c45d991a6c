/** The main job, end to end over real sockets: created, submitted, told by webhook or poll, archived, visible. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { falKey, startBench } from '../support/service.ts'

t.test('an image job ends archived, byte for byte, by webhook alone', async (t) => {
  const bench = await startBench(t)
  const created = await bench.create({ model: 'flux-schnell', prompt: 'a lighthouse', numOutputs: 4 })
  t.equal(created.status, 'pending')
  const job = await bench.settled(created.id)

  t.equal(job.status, 'completed')
  t.equal(job.archive.status, 'archived')
  t.equal(job.media.length, 4, 'four images are four media')
  for (const media of job.media) {
    const source = Buffer.from(await (await fetch(media.sourceUrl ?? '')).arrayBuffer())
    const archived = Buffer.from(
      await (await fetch(new URL(media.url ?? '', bench.service.url))).arrayBuffer(),
    )
    t.ok(source.equals(archived), `file ${media.index} is the same byte for byte`)
    t.equal(media.sha256, createHash('sha256').update(source).digest('hex'))
    t.equal(media.bytes, source.length)
  }
  t.equal(new Set(job.media.map((media) => media.sha256)).size, 4, 'the four differ')

  const events = await bench.events(job.id)
  t.strictSame(
    events.map((event) => event.type),
    ['job.created', 'job.submitted', 'job.running', 'job.completed', 'archive.started', 'archive.archived'],
  )
  t.strictSame(
    events.map((event) => event.seq),
    [1, 2, 3, 4, 5, 6],
    'no gaps',
  )
  t.equal(events[3]?.source, 'webhook')
})

t.test('without a public address polling alone finishes a job', async (t) => {
  const bench = await startBench(t, { webhooks: false })
  const { id } = await bench.create({ model: 'flux-dev', prompt: 'a harbour' })
  const job = await bench.settled(id)
  t.equal(job.status, 'completed')
  t.equal(job.archive.status, 'archived')
  const events = await bench.events(id)
  t.equal(events.find((event) => event.type === 'job.completed')?.source, 'poll')
})

t.test("FAL's refusal fails the job with FAL's reason, by webhook and by poll", async (t) => {
  for (const webhooks of [true, false]) {
    const bench = await startBench(t, { webhooks })
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a riot [fault:content-policy]' })
    const job = await bench.settled(id)
    t.match(job, { status: 'failed', error: { code: 'CONTENT_POLICY', retryable: false }, media: [] })
    t.match(job.error?.details, [{ type: 'content_policy_violation' }], "FAL's own type")
    t.equal((await bench.events(id)).at(-1)?.source, webhooks ? 'webhook' : 'poll')
  }
})

t.test('while FAL is down a job waits, and it finishes when FAL is back', async (t) => {
  const bench = await startBench(t)
  await bench.simulator.admin.down('refuse')
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'patience' })
  const delayed = async () => (await bench.events(id)).some(({ type }) => type === 'job.submit_delayed')
  while (!(await delayed())) await bench.get(id)
  t.equal((await bench.get(id)).status, 'pending')
  await bench.simulator.admin.up()
  t.match(await bench.settled(id), { status: 'completed', archive: { status: 'archived' } })
  t.equal(bench.simulator.admin.acceptedFor('patience'), 1)
})

t.test('the FAL key is in no answer, log line, event or error', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: falKey })
  await bench.settled(id)
  const bad = await bench.call('POST', '/api/jobs', { model: 'nope', prompt: falKey })
  t.equal(bad.status, 422)
  const events = JSON.stringify(await bench.events(id))
  const seen = [...bench.logLines, events, JSON.stringify(bad.body), JSON.stringify(bad.headers)].join('\n')
  for (const part of [falKey, falKey.split(':')[1] ?? '']) t.notOk(seen.includes(part), 'not a trace')
})
