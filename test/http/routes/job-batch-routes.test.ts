/** POST /api/jobs/batch: an answer per item, no item spoils another, and each place in the list has its own key. */
import t from 'tap'
import { bearer, startJobBench } from '../job-bench.ts'

const image = { model: 'flux-schnell', prompt: 'a lighthouse' }

t.test('POST /api/jobs/batch', async (t) => {
  const bench = await startJobBench(t)
  const { checked } = bench
  const batch = (jobs: unknown[], headers = {}) => checked('POST', '/api/jobs/batch', { jobs }, headers)

  t.test('200: an answer per item, in order', async (t) => {
    const answer = await batch([
      image,
      { ...image, promt: 'x' },
      { model: 'no-such-model' },
      'not an object',
      { ...image, prompt: 'another' },
    ])
    t.equal(answer.status, 200)
    t.same(
      answer.body.data.map(({ status }: { status: number }) => status),
      [202, 422, 422, 422, 202],
    )
    t.equal(answer.body.data[1].problem.errors[0].pointer, '/promt', 'pointers begin at the item')
    t.equal(answer.body.data[2].problem.code, 'UNKNOWN_MODEL')
    t.equal(answer.body.data[4].body.params.prompt, 'another')
    for (const item of [answer.body.data[0], answer.body.data[4]]) {
      t.equal((await bench.settled(item.body.id)).status, 'completed')
    }
  })

  t.test('200: a hundred at once, each a job of its own', async (t) => {
    const answer = await batch(Array.from({ length: 100 }, () => ({ ...image, archive: false })))
    const ids = new Set(answer.body.data.map(({ body }: { body?: { id: string } }) => body?.id))
    t.equal(ids.size, 100)
  })

  t.test('a repeated batch makes nothing twice, and tries again what had failed', async (t) => {
    const key = { 'idempotency-key': 'k'.repeat(255) }
    const first = await batch([image, { ...image, numOutputs: 'two' }, image], key)
    const second = await batch([image, { ...image, numOutputs: 2 }, image], key)
    const idOf = (answer: typeof first, n: number) => answer.body.data[n].body?.id
    t.equal(idOf(second, 0), idOf(first, 0))
    t.equal(idOf(second, 2), idOf(first, 2))
    t.not(idOf(first, 0), idOf(first, 2), 'the key counts for each place')
    t.same(
      [first, second].map(({ body }) => body.data[1].status),
      [422, 202],
    )
    t.same([second.body.data[0].replayed, second.body.data[1].replayed], [true, undefined])
    const changed = await batch([{ ...image, prompt: 'else' }], key)
    t.equal(changed.body.data[0].problem.code, 'IDEMPOTENCY_KEY_REUSED')
  })

  t.test('422: the list itself is at fault', async (t) => {
    for (const body of [
      { jobs: [] },
      { jobs: Array(101).fill(image) },
      {},
      { jobs: image },
      [image],
      { jobs: [image], x: 1 },
    ]) {
      t.equal((await checked('POST', '/api/jobs/batch', body)).status, 422)
    }
  })

  t.test('400, 401, 403, 413, 415', async (t) => {
    const json = { 'content-type': 'application/json' }
    t.equal((await checked('POST', '/api/jobs/batch', '[', json)).status, 400)
    t.equal((await batch([image], { authorization: '' })).status, 401)
    t.equal((await batch([image], bearer(await bench.newKey(['jobs:read'])))).status, 403)
    t.equal((await batch([{ ...image, prompt: 'x'.repeat(11 * 1024 * 1024) }])).status, 413)
    t.equal((await checked('POST', '/api/jobs/batch', 'x', { 'content-type': 'text/plain' })).status, 415)
  })
})
