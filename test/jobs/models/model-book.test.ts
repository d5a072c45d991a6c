/** A model is asked for once, waited for briefly, and FAL's trouble is nobody's failure. */
import t, { type Test } from 'tap'
import { AppError } from '../../../src/domain/errors.ts'
import { createModelBook, type ModelBookDeps } from '../../../src/jobs/models/model-book.ts'
import { prepareFor } from '../../../src/models/prepare.ts'
import type { Description } from '../../../src/ports/model-source.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { openapiOf } from '../../models/document/own-documents.ts'
import { keptModels } from './kept-models.ts'

const endpointId = 'studio/new-model'
const input = {
  type: 'object',
  properties: { prompt: { type: 'string' }, steps: { type: 'integer', maximum: 8 } },
  required: ['prompt'],
}
const described: Description = {
  type: 'described',
  source: 'platform',
  listed: { endpointId, title: 'New', category: 'text-to-image', status: 'active', listedAt: null },
  document: openapiOf({ endpointId, input }),
}

function open(t: Test, describe: (id: string) => Promise<Description>, more: Partial<ModelBookDeps> = {}) {
  const time = { now: 0 }
  const asked: string[] = []
  const store = keptModels()
  const book = createModelBook({
    store,
    source: {
      describe(id) {
        asked.push(id)
        return describe(id)
      },
    },
    fetchPrices: async (ids) =>
      ids.map((id) => ({ endpointId: id, unit: 'images', unitPrice: 0.03, currency: 'USD' })),
    knownIds: async () => new Set(['studio/new-modal', 'fal-ai/flux/dev']),
    clock: { now: () => time.now },
    log: createLogger({ level: 'silent', secrets: [] }),
    waitMs: 50,
    ...more,
  })
  t.teardown(() => book.stop())
  return { book, asked, store, time }
}

t.test('the first use asks FAL once for all who wait; after that what is kept is enough', async (t) => {
  const { book, asked, store, time } = open(t, async () => described)
  const found = await Promise.all(Array.from({ length: 20 }, () => book.find(endpointId)))
  t.same(asked, [endpointId])
  for (const { model, version, warnings } of found) {
    t.match({ kind: model.kind, version, warnings }, { kind: 'image', version: 1, warnings: [] })
  }
  const [first] = found
  if (first === undefined) return t.fail('nothing was found')
  t.equal(prepareFor(first.model, { params: { prompt: 'a fox', steps: 20 } }).input.steps, 8)
  const reads = store.reads
  await book.find(endpointId)
  t.equal(store.reads, reads, 'nor is the database asked each time')
  time.now += 61_000
  t.equal((await book.find(endpointId)).model.entry, first.model.entry, 'the same version is the same model')
  t.same(asked, [endpointId])
})

t.test('what another replica learned is used without asking FAL', async (t) => {
  const one = open(t, async () => described)
  await one.book.find(endpointId)
  const two = open(t, async () => ({ type: 'unknown' }), { store: one.store })
  t.equal((await two.book.find(endpointId)).version, 1)
  t.same(two.asked, [])
})

t.test(
  'an endpoint that FAL does not know is refused with near ids, and asked for again after a minute',
  async (t) => {
    const { book, asked, time } = open(t, async () => ({ type: 'unknown' }))
    const refusal = await book.find(endpointId).catch((error: unknown) => error)
    t.type(refusal, AppError)
    t.match(refusal, {
      code: 'UNKNOWN_MODEL',
      errors: [{ pointer: '/model', code: 'unknown_model', allowed: ['studio/new-modal'] }],
    })
    await t.rejects(book.find(endpointId))
    t.equal(asked.length, 1)
    time.now += 61_000
    await t.rejects(book.find(endpointId))
    t.equal(asked.length, 2)
  },
)

t.test(
  'a silent FAL costs a short wait once, then nothing, and the request goes on with a warning',
  async (t) => {
    const { book, asked, time } = open(t, () => new Promise(() => undefined))
    const started = performance.now()
    const { model, warnings } = await book.find(endpointId)
    t.ok(performance.now() - started >= 45)
    t.equal(model.entry, null)
    t.match(warnings, [{ field: 'model', reason: /did not describe/ }])
    t.equal(asked.length, 1)

    const failing = open(t, async () => ({ type: 'silent', reason: 'FAL answered 500' }))
    await failing.book.find(endpointId)
    await failing.book.find(endpointId)
    t.equal(failing.asked.length, 1, 'it is left alone for a while')
    failing.time.now += 31_000
    const again = await failing.book.find(endpointId)
    t.match(again.warnings, [{ reason: /FAL answered 500/ }])
    t.equal(failing.asked.length, 2, 'and asked again in the background')
    t.equal(time.now, 0)
  },
)

t.test('an answer that comes too late for one request serves the next', async (t) => {
  let answer: (said: Description) => void = () => undefined
  const { book } = open(t, () => new Promise((resolve) => (answer = resolve)))
  t.equal((await book.find(endpointId)).version, null)
  answer(described)
  t.equal((await book.find(endpointId)).version, 1)
})

t.test('a flood of unknown names asks FAL about a few at a time', async (t) => {
  const { book, asked } = open(t, () => new Promise(() => undefined), { waitMs: 1 })
  await Promise.all(Array.from({ length: 100 }, (_, i) => book.find(`studio/name-${i}`)))
  t.equal(asked.length, 8)
})

t.test('the catalogue and the endpoints of users are never asked about', async (t) => {
  const { book, asked } = open(t, async () => ({ type: 'unknown' }))
  t.equal((await book.find('flux-dev')).model.alias, 'flux-dev')
  t.equal((await book.find('workflows/ann/portrait')).model.entry, null)
  t.same(asked, [])
})

t.test('trouble with what is kept fails no request', async (t) => {
  const broken = { ...keptModels(), read: () => Promise.reject(new Error('no database')) }
  const { book } = open(t, async () => described, { store: broken })
  t.equal((await book.find('flux-dev')).model.alias, 'flux-dev')
  t.match((await book.find(endpointId)).warnings, [{ field: 'model' }])
})

t.test('a document that cannot be used leaves the model as it was before there were documents', async (t) => {
  const { book, store } = open(t, async () => ({ ...described, document: { paths: {} } }))
  t.match(await book.find(endpointId), { version: null, warnings: [], model: { entry: null } })
  t.match(store.models.get(endpointId), { trouble: /no schema of the input/, title: 'New' })
})
