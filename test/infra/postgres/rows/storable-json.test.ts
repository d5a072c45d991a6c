/** What FAL says may hold text that PostgreSQL cannot read: it never keeps a job from its end, and the result stays exact. */
import fc from 'fast-check'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { toId } from '../../../../src/domain/ids.ts'
import { storableJson } from '../../../../src/infra/postgres/rows/storable-json.ts'
import { creation, request, run } from '../../../domain/sample-job.ts'
import { openStore } from '../../../support/store.ts'

t.test('a result is stored as it came, whatever its strings and numbers hold', async (t) => {
  const { store, key } = await openStore(t)
  const running = async () => {
    const id = toId('job', newUuid())
    await store.create(creation({ id, clientId: key.clientId, reservedMicros: 0 }), null)
    await store.record(id, () => [{ type: 'submitting', run, webhookAsked: true }], { source: 'submit' })
    const submitted = { type: 'submitted' as const, request: { ...request, requestId: newUuid() } }
    await store.record(id, () => [submitted], { source: 'submit' })
    return id
  }
  const results = [
    '{"output":"a\\u0000b"}',
    '{"output":"cut within an emoji \\ud83d"}',
    '{"\\u0000":[]}',
    '{"seed":123456789012345678901234567890,"x":1e999999,"y":1.0}',
    '{"quoted":"a \\"b\\" \\\\ {c,d} NULL"}',
    '"text"',
    'null',
  ]
  // Together, as deliveries that arrive together are.
  const ids = await Promise.all(results.map(running))
  await Promise.all(
    ids.map((id, index) => {
      const result = results[index] ?? ''
      const completed = {
        type: 'completed' as const,
        result,
        media: [],
        inferenceSeconds: 1,
        falUserId: null,
      }
      return store.record(id, () => [completed], { source: 'webhook' })
    }),
  )
  for (const [index, id] of ids.entries()) {
    t.match(await store.get(id), { status: 'completed', result: results[index] })
  }
})

t.test('a reason that cannot be stored as it is ends its job all the same', async (t) => {
  const { store, key } = await openStore(t)
  const id = toId('job', newUuid())
  await store.create(creation({ id, clientId: key.clientId, reservedMicros: 0 }), null)
  const message = 'too\u0000long: \ud83d'
  const error = { code: 'FAL_REJECTED' as const, message, retryable: false, details: [{ '\u0000': message }] }
  await store.record(id, () => [{ type: 'failed', error }], { source: 'webhook' })
  t.match(await store.get(id), { status: 'failed', error: { message: 'too\ufffdlong: \ufffd' } })
  const events = await store.events(id, { limit: 10, afterSeq: 0 })
  t.match(events.at(-1), { type: 'job.failed', data: { message: 'too\ufffdlong: \ufffd' } })
})

t.test('only what cannot be stored is replaced', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = JSON.stringify(value)
      const isStorable = !/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(text)
      const written = storableJson(value)
      if (isStorable && written !== text) throw new Error('changed without need')
      if (/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(written)) throw new Error('still cannot be stored')
    }),
  )
  t.equal(storableJson({ a: '\\u0000 \\ud83d', b: '😀' }), JSON.stringify({ a: '\\u0000 \\ud83d', b: '😀' }))
})
