/** What FAL changed is named by model and field; what FAL does not answer is named too, and changes nothing. */
import t from 'tap'
import { type ModelDifference, makeCheckModels } from '../../../src/jobs/models/check-models.ts'
import { learnedOf } from '../../../src/jobs/models/learn-model.ts'
import type { Description } from '../../../src/ports/model-source.ts'
import { openapiOf } from '../../models/document/own-documents.ts'
import { keptModels } from './kept-models.ts'

const endpointId = 'studio/new-model'
const describedWith = (steps: number): Extract<Description, { type: 'described' }> => ({
  type: 'described',
  source: 'platform',
  listed: { endpointId, title: 'New', category: 'text-to-image', status: 'active', listedAt: null },
  document: openapiOf({
    endpointId,
    input: { type: 'object', properties: { steps: { type: 'integer', maximum: steps } } },
  }),
})

async function check(said: Description, price: number | { trouble: string }) {
  const store = keptModels()
  await store.save(learnedOf(endpointId, describedWith(8)), 0)
  await store.savePrices([{ endpointId, unit: 'images', unitPriceMicros: 30_000 }], 0)
  const differences: ModelDifference[] = []
  const before = store.reads
  const result = await makeCheckModels({
    store,
    source: { describe: async () => said },
    fetchPrices: async () =>
      typeof price === 'number' ? [{ endpointId, unit: 'images', unitPrice: price, currency: 'USD' }] : price,
  })([endpointId], (difference) => differences.push(difference))
  t.equal(store.reads - before, 1, 'each model is read once')
  return { differences, silent: result.silent }
}

t.test('differences name the field, the old and the new value', async (t) => {
  t.same(await check(describedWith(8), 0.03), { differences: [], silent: [] })
  const { differences } = await check(describedWith(12), 0.06)
  t.match(differences, [
    { endpointId, field: /\/steps\/maximum$/, from: 8, to: 12 },
    { endpointId, field: 'unitPriceMicros', from: 30_000, to: 60_000 },
  ])
  t.match(await check({ type: 'unknown' }, 0.03), {
    differences: [{ endpointId, field: 'status', from: 'active', to: 'unknown' }],
  })
})

t.test('what FAL does not answer is no agreement', async (t) => {
  t.same(await check({ type: 'silent', reason: '503' }, { trouble: 'ECONNREFUSED' }), {
    differences: [],
    silent: [
      { endpointId, reason: '503' },
      { endpointId, reason: 'price: ECONNREFUSED' },
    ],
  })
})
