/** What is known of FAL's models is refreshed by one process at a time, and only what may have changed is asked for. */
import t, { type Test } from 'tap'
import { createModelStore } from '../../../src/infra/postgres/models/postgres-model-store.ts'
import { makeRefreshModels } from '../../../src/jobs/models/refresh-models.ts'
import { makeSyncModels } from '../../../src/jobs/models/sync-models.ts'
import { briefEntries, catalogue } from '../../../src/models/catalogue.ts'
import type { ListedModel, ModelSource } from '../../../src/ports/model-source.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { openapiOf } from '../../models/document/own-documents.ts'
import { openStore } from '../../support/store.ts'

const day = 86_400_000
const id = 'studio/new-model'
const documentOf = (maximum: number) =>
  openapiOf({
    endpointId: id,
    input: { type: 'object', properties: { steps: { type: 'integer', maximum } } },
  })
const listed = (more: Partial<ListedModel> = {}): ListedModel => ({
  endpointId: id,
  title: 'New',
  category: 'text-to-image',
  status: 'active',
  listedAt: 0,
  ...more,
})

async function open(t: Test) {
  const { db } = await openStore(t)
  const store = createModelStore(db)
  const fal = {
    pages: [[listed()]] as ListedModel[][],
    steps: 8,
    price: 0.03,
    changes: [] as string[],
    status: 'active' as ListedModel['status'],
    described: [] as string[],
    lists: 0,
    now: 10 * day,
  }
  const source: ModelSource = {
    async describe(endpointId) {
      fal.described.push(endpointId)
      if (endpointId !== id) return { type: 'silent', reason: 'not in this test' }
      return {
        type: 'described',
        source: 'platform',
        listed: listed({ status: fal.status }),
        document: documentOf(fal.steps),
      }
    },
    async list({ cursor, status }) {
      fal.lists += 1
      const pages = status === 'active' ? fal.pages : []
      const at = Number(cursor ?? 0)
      return { models: pages[at] ?? [], nextCursor: at + 1 < pages.length ? String(at + 1) : null }
    },
  }
  const deps = {
    store,
    source,
    fetchPrices: async (ids: readonly string[]) =>
      ids.map((endpointId) => ({ endpointId, unit: 'images', unitPrice: fal.price, currency: 'USD' })),
    clock: { now: () => fal.now },
    log: createLogger({ level: 'silent', secrets: [] }),
    changed: (what: string) => void fal.changes.push(what),
  }
  const syncModels = makeSyncModels(deps)
  return { store, fal, syncModels, refresh: makeRefreshModels({ ...deps, syncModels }) }
}

t.test(
  'one of two processes refreshes: the list daily, models in use when they may have changed',
  async (t) => {
    const { store, fal, refresh } = await open(t)
    await Promise.all([refresh(), refresh()])
    t.equal(fal.lists, 2, 'active and deprecated, once')
    t.same(
      fal.described.toSorted(),
      [...catalogue, ...briefEntries].map(({ endpointId }) => endpointId).toSorted(),
      'what nobody used is only listed',
    )
    t.match(await store.read(id), { title: 'New', version: null })

    await store.save({ endpointId: id, document: { facts: '{"old":true}' } }, fal.now)
    fal.described.length = 0
    fal.now += 2 * 3_600_000
    await refresh()
    t.equal(fal.lists, 2)
    t.notOk(fal.described.includes(id), 'read two hours ago')

    fal.now += 2 * day
    await refresh()
    t.equal(fal.lists, 4)
    t.notOk(fal.described.includes(id), 'FAL says it has not changed')
    fal.now += 6 * day
    await refresh()
    t.ok(fal.described.includes(id), 'after a week it is read all the same')
    t.match(await store.read(id), { version: 2, price: { unit: 'images', unitPriceMicros: 30_000 } })
  },
)

t.test('a model that FAL changed is read again the next day', async (t) => {
  const { store, fal, refresh } = await open(t)
  await store.save({ endpointId: id, document: { facts: '{"old":true}' } }, fal.now)
  fal.pages = [[listed({ listedAt: fal.now + 3_600_000 })]]
  fal.now += 1.2 * day
  await refresh()
  t.match(await store.read(id), { version: 2 })
})

t.test(
  'a changed document, a moved price and a retirement of a model in use are reported once each',
  async (t) => {
    const { store, fal, refresh } = await open(t)
    fal.pages = [[listed({ listedAt: fal.now * 2 })]]
    await store.save({ endpointId: id, status: 'active', document: { facts: '{"old":true}' } }, 0)
    await refresh()
    t.same(fal.changes, ['document'])
    fal.changes.length = 0
    fal.now += 1.2 * day
    fal.price = 0.033
    await refresh()
    t.same(fal.changes, [], 'a tenth more is no alarm')
    fal.now += 1.2 * day
    fal.price = 0.09
    fal.status = 'deprecated'
    await refresh()
    t.same(fal.changes.toSorted(), ['price', 'retired'])
  },
)

t.test('a sync reads all pages with their documents, and says what changed', async (t) => {
  const { store, fal, syncModels } = await open(t)
  fal.pages = [
    [listed({ document: documentOf(8) })],
    [listed({ endpointId: 'a/b', document: { error: 'none' } })],
  ]
  const pages: number[] = []
  t.same(await syncModels({ allDocuments: true, onPage: (done) => pages.push(done) }), {
    listed: 2,
    changed: [id],
    trouble: null,
  })
  t.same(pages, [1, 2, 2])
  t.match(await store.read('a/b'), {
    version: null,
    trouble: /no schema of the input/,
    price: { unit: 'images' },
  })
  t.same((await syncModels({ allDocuments: true })).changed, [])
})

t.test('a list that cannot be read to its end unlists nothing', async (t) => {
  const { store, fal, syncModels } = await open(t)
  await syncModels()
  const endless = Array.from({ length: 10_001 }, (): ListedModel[] => [])
  fal.pages = endless
  t.match(await syncModels(), { listed: 0, trouble: /more than 10000 models/ })
  t.match(await store.read(id), { status: 'active' })
  const stopped = AbortSignal.abort()
  t.match(await syncModels({ signal: stopped }), { trouble: 'stopped' })
})
