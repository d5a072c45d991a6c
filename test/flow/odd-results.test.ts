/** Results that are late, empty, flagged or told twice, through the whole service: what a client is shown of them. */
import t from 'tap'
import { startBench } from '../support/service.ts'

const bench = await startBench(t, { environment: { POLL_MAX_SECONDS: '1' } })

t.test('a result that cannot be had yet: the job says so, and its status does not go back', async (t) => {
  const { id } = await bench.create({
    model: 'flux-dev',
    prompt: 'late [fault:result-late=60] [fault:webhook-lost]',
  })
  const waiting = await bench.until(id, ({ fal }) => fal.awaiting !== null)
  t.match(waiting, { status: 'running', fal: { status: 'COMPLETED', awaiting: 'result' } })
  bench.simulator.clock.advance(120)
  const done = await bench.settled(id)
  t.match(done, { status: 'completed', fal: { status: 'COMPLETED', awaiting: null } })
})

t.test('a result without files: the job says what it waits for', async (t) => {
  const { id } = await bench.create({ model: 'flux-dev', prompt: 'none [fault:no-media]' })
  const waiting = await bench.until(id, ({ fal }) => fal.awaiting !== null)
  t.match(waiting, { status: 'running', fal: { status: 'COMPLETED', awaiting: 'files' } })
  t.match((await bench.events(id)).find(({ type }) => type === 'job.result_awaited')?.data, {
    reason: 'no_media',
  })
})

t.test('a flagged file says so, with a warning', async (t) => {
  const { id } = await bench.create({ model: 'flux-dev', prompt: 'black [fault:nsfw]', numOutputs: 2 })
  const done = await bench.settled(id)
  t.strictSame(
    done.media.map(({ flagged }) => flagged),
    [true, true],
  )
  t.match(done.warnings.at(-1), { field: 'media', reason: /safety check flagged files 0, 1/ })
})

t.test('a file at two places is archived once, and the main files come first', async (t) => {
  const { id } = await bench.create({ model: 'flux-dev', prompt: 'twice [fault:file-twice]', numOutputs: 2 })
  const done = await bench.settled(id)
  t.strictSame(
    done.media.map(({ path }) => path),
    ['images[0]', 'images[1]'],
  )
  const { fal } = done
  const reads = bench.simulator.admin.media(fal.requestId ?? '').map((file) => file.reads)
  t.strictSame(reads, [1, 1])
})
