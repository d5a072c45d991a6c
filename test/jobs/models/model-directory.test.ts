/** The list of every known model: pages join, filters combine, and no list asks FAL. */
import t, { type Test } from 'tap'
import { createModelBook } from '../../../src/jobs/models/model-book.ts'
import { createModelDirectory, type ModelFilter } from '../../../src/jobs/models/model-directory.ts'
import { briefEntries, catalogue } from '../../../src/models/catalogue.ts'
import type { Description } from '../../../src/ports/model-source.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { openapiOf } from '../../models/document/own-documents.ts'
import { keptModels } from './kept-models.ts'

const endpointId = 'studio/new-model'
const input = { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] }
const described: Description = {
  type: 'described',
  source: 'platform',
  listed: { endpointId, title: 'New', category: 'text-to-image', status: 'active', listedAt: null },
  document: openapiOf({ endpointId, input }),
}

async function open(t: Test) {
  const clock = { now: () => Date.UTC(2026, 11, 1) }
  const store = keptModels()
  const asked: string[] = []
  const prices = [{ endpointId: 'zoo/lion', unit: 'seconds', unitPriceMicros: 40_000 }]
  await store.save({ endpointId: 'zoo/lion', title: 'Lion', category: 'text-to-image', status: 'active' }, 0)
  await store.save(
    { endpointId: 'zoo/bear', title: null, category: 'text-to-video', status: 'deprecated' },
    0,
  )
  await store.save({ endpointId: 'zoo/own', title: null, category: null, status: 'unknown' }, 0)
  await store.savePrices(prices, 0)
  const book = createModelBook({
    store,
    source: {
      async describe(id) {
        asked.push(id)
        return id === endpointId ? described : { type: 'unknown' }
      },
    },
    fetchPrices: async () => [{ endpointId, unit: 'images', unitPrice: 0.03, currency: 'USD' }],
    knownIds: async () => new Set([endpointId]),
    clock,
    log: createLogger({ level: 'silent', secrets: [] }),
    waitMs: 200,
  })
  t.teardown(() => book.stop())
  return { asked, directory: createModelDirectory({ store, book, clock }) }
}

t.test('pages of any size join to the catalogue and then to what FAL lists', async (t) => {
  const { directory, asked } = await open(t)
  const expected = [...[...catalogue, ...briefEntries].map(({ alias }) => alias), 'zoo/bear', 'zoo/lion']
  for (const limit of [7, expected.length, 1000]) {
    const seen: string[] = []
    for (let after: string | undefined, hasMore = true; hasMore; after = seen.at(-1)) {
      const page = await directory.list({}, { after, limit })
      if (page === null) return t.fail('the cursor was refused')
      seen.push(...page.models.map(({ alias }) => alias))
      hasMore = page.hasMore
    }
    t.same(seen, expected)
  }
  t.same(asked, [], 'FAL is not asked for a list')
  t.equal(await directory.list({}, { after: 'no-such-model', limit: 5 }), null)
})

t.test('filters combine', async (t) => {
  const { directory } = await open(t)
  const find = async (filter: ModelFilter) =>
    (await directory.list(filter, { after: undefined, limit: 1000 }))?.models ?? []
  t.match(await find({ source: 'fal' }), [
    { alias: 'zoo/bear', kind: 'video', availability: 'retired', source: 'fal' },
    { alias: 'zoo/lion', kind: 'image', availability: 'listed', title: 'Lion', price: null },
  ])
  t.same(await find({ q: 'LION', kind: 'video' }), [])
  t.match(await find({ q: 'lion zoo' }), [{ endpointId: 'zoo/lion' }])
  const retired = await find({ source: 'catalogue', availability: 'retired' })
  t.ok(retired.length > 3)
  for (const model of retired) t.match(model, { availability: 'retired', successor: /./ })
  for (const model of await find({ q: 'kling', task: 'image-to-video' }))
    t.match(model, { task: 'image-to-video' })
})

t.test('one model: its limits by FAL when it describes them, and where they are from', async (t) => {
  const { directory, asked } = await open(t)
  t.match(await directory.describe(endpointId), {
    alias: endpointId,
    source: 'fal',
    version: 1,
    fetchedAt: '2026-12-01T00:00:00.000Z',
    limits: { prompt: { required: true } },
    example: { model: endpointId, params: { prompt: /./ } },
  })
  t.match(await directory.describe('flux-dev'), { source: 'catalogue', endpointId: 'fal-ai/flux/dev' })
  const brief = briefEntries[0]
  if (brief === undefined) return t.fail('there is no brief entry')
  t.match(await directory.describe(brief.endpointId), {
    alias: brief.alias,
    source: 'catalogue',
    version: null,
  })
  await t.rejects(directory.describe('studio/new-modle'), {
    code: 'UNKNOWN_MODEL',
    errors: [{ allowed: [endpointId] }],
  })
  t.equal(asked.filter((id) => id === endpointId).length, 1)
})
