/** What is kept of FAL's models: versions in order, once each, however many save them; pinned ones stay. */
import t, { type Test } from 'tap'
import { createModelStore } from '../../../../src/infra/postgres/models/postgres-model-store.ts'
import { openStore } from '../../../support/store.ts'

const id = 'studio/painter'
const facts = (name: string) => ({ facts: JSON.stringify({ name }) })
const open = async (t: Test) => {
  const { db } = await openStore(t)
  return { db, store: createModelStore(db) }
}

t.test('a document that differs is a new version, the same one is not', async (t) => {
  const { store } = await open(t)
  t.equal(await store.read(id), null)
  const listed = { endpointId: id, title: 'Painter', category: 'text-to-image', status: 'active' } as const
  t.match(await store.save(listed, 1_000), { isNewVersion: false, model: { version: null, fetchedAt: null } })
  t.match(await store.save({ ...listed, source: 'platform', document: facts('a') }, 2_000), {
    isNewVersion: true,
    model: { version: 1, facts: facts('a').facts, readAt: 2_000, fetchedAt: 2_000, title: 'Painter' },
  })
  t.match(await store.save({ endpointId: id, document: facts('a') }, 3_000), {
    isNewVersion: false,
    model: { version: 1, readAt: 2_000, fetchedAt: 3_000, status: 'active', title: 'Painter' },
  })
  t.match(await store.save({ endpointId: id, document: { trouble: 'broken' } }, 4_000), {
    isNewVersion: false,
    model: { version: 1, facts: facts('a').facts, trouble: 'broken' },
  })
  t.match(await store.save({ endpointId: id, document: facts('b') }, 5_000), {
    isNewVersion: true,
    model: { version: 2, trouble: null },
  })
  t.match(await store.versions(id, 10), [
    { version: 2, ...facts('b') },
    { version: 1, ...facts('a') },
  ])
})

t.test('replicas that save the same document at once make one version', async (t) => {
  const { store } = await open(t)
  const saved = await Promise.all(
    Array.from({ length: 8 }, () => store.save({ endpointId: id, document: facts('a') }, 1_000)),
  )
  t.equal(saved.filter(({ isNewVersion }) => isNewVersion).length, 1)
  t.ok(saved.every(({ model }) => model.version === 1))
})

t.test('a document that changes with every reading fills no table', async (t) => {
  const { store } = await open(t)
  for (let n = 0; n < 60; n += 1) await store.save({ endpointId: id, document: facts(`v${n}`) }, n)
  const versions = await store.versions(id, 100)
  t.equal(versions.length, 50)
  t.equal(versions[0]?.version, 60)
})

t.test('a pinned model keeps its version while newer ones are kept beside it', async (t) => {
  const { store } = await open(t)
  await store.save({ endpointId: id, document: facts('a') }, 1_000)
  t.match(await store.pin(id, { version: 1 }), { version: 1, pinned: true })
  t.match(await store.save({ endpointId: id, document: facts('b') }, 2_000), {
    isNewVersion: true,
    model: { version: 1, facts: facts('a').facts, pinned: true },
  })
  t.match(await store.pin(id, null), { version: 2, pinned: false, facts: facts('b').facts })
  t.match(await store.pin('me/private', { version: null }), {
    status: 'unknown',
    version: null,
    pinned: true,
  })
  t.equal(await store.pin('me/nothing', null), null)
})

t.test('the list is in order of ids, with prices and without documents', async (t) => {
  const { store } = await open(t)
  for (const endpointId of ['b/b', 'a/a', 'c/c'])
    await store.save({ endpointId, document: facts(endpointId) }, 1_000)
  await store.savePrices(
    [
      { endpointId: 'b/b', unit: 'images', unitPriceMicros: 170.5 },
      { endpointId: 'x/x', unit: 'u', unitPriceMicros: 1 },
    ],
    9_000,
  )
  const first = await store.list({ after: null, limit: 2 })
  t.match(first, [
    { endpointId: 'a/a', price: null },
    { endpointId: 'b/b', price: { unit: 'images', unitPriceMicros: 170.5, pricedAt: 9_000 } },
  ])
  t.notOk('facts' in (first[0] ?? {}))
  t.match(await store.list({ after: 'b/b', limit: 2 }), [{ endpointId: 'c/c' }])
})

t.test('a model that a whole list no longer names is unlisted', async (t) => {
  const { store } = await open(t)
  for (const endpointId of ['a/a', 'b/b']) await store.save({ endpointId, status: 'active' }, 1_000)
  await store.pin('me/private', { version: null })
  t.equal(await store.listedAt(), null)
  await store.noteList(['a/a'], 5_000)
  t.equal(await store.listedAt(), 5_000)
  const statuses = (await store.list({ after: null, limit: 9 })).map(({ status }) => status)
  t.same(statuses, ['active', 'unlisted', 'unknown'])
})

t.test(
  'one of several processes takes the turn to refresh, and the next comes after the period',
  async (t) => {
    const { store } = await open(t)
    const turns = await Promise.all(Array.from({ length: 5 }, () => store.claimRefresh(10_000, 1_000)))
    t.equal(turns.filter(Boolean).length, 1)
    t.equal(await store.claimRefresh(10_999, 1_000), false)
    t.equal(await store.claimRefresh(11_000, 1_000), true)
  },
)
