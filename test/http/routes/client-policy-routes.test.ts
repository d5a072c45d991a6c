/** A client's rules over HTTP: administrators alone see and change them, and they hold for its jobs. */
import t from 'tap'
import { bearer, startJobBench } from '../job-bench.ts'

t.test('GET and PATCH /api/clients/{id}/policy', async (t) => {
  const bench = await startJobBench(t)
  const [key] = (await bench.call('GET', '/api/keys')).body.data
  const path = `/api/clients/${key.clientId}/policy`
  const usual = {
    archiveByDefault: true,
    keepMediaDays: null,
    keepContentDays: null,
    keepJobsDays: null,
    turnWeight: 1,
    maxInFlight: null,
  }
  const before = await bench.checked('GET', path)
  t.equal(before.status, 200)
  t.same(before.body, usual)

  const changed = await bench.checked('PATCH', path, { archiveByDefault: false, keepMediaDays: 30 })
  t.equal(changed.status, 200)
  t.same(changed.body, { ...usual, archiveByDefault: false, keepMediaDays: 30 })
  const job = await bench.settled((await bench.create({ model: 'flux-schnell', prompt: 'a quay' })).id)
  t.equal(job.archive.status, 'disabled', 'it holds for the next job')
  const back = await bench.checked('PATCH', path, { keepMediaDays: null })
  t.equal(back.body.keepMediaDays, null, 'null keeps for good')

  for (const body of [{}, { keepMediaDays: 0 }, { turnWeight: 0 }, { maxInFlight: 1.5 }, { keepDays: 1 }]) {
    t.equal((await bench.checked('PATCH', path, body)).status, 422, JSON.stringify(body))
  }
  for (const id of ['cli_01999999-9999-7999-8999-999999999999', 'nobody']) {
    t.equal((await bench.checked('GET', `/api/clients/${id}/policy`)).status, 404)
    t.equal((await bench.checked('PATCH', `/api/clients/${id}/policy`, { turnWeight: 2 })).status, 404)
  }
  const plain = bearer(await bench.newKey(['jobs:read', 'jobs:write', 'credits:write']))
  t.equal((await bench.checked('GET', path, undefined, plain)).status, 403)
  t.equal((await bench.checked('PATCH', path, { turnWeight: 2 }, plain)).status, 403)
})

t.test('the root tells where the documentation is', async (t) => {
  const bench = await startJobBench(t)
  const answer = await bench.call('GET', '/', undefined, { authorization: '' })
  t.equal(answer.status, 200)
  t.match(answer.body, { service: 'fal-jobs', docs: '/docs', openapi: '/openapi.json' })
})
