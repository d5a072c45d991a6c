/** A model that no release knows is used within a second of FAL's document: checked, bound, run and archived. */
import t from 'tap'
import { createModelStore } from '../../src/infra/postgres/models/postgres-model-store.ts'
import { openapiOf, ownDocuments } from '../models/document/own-documents.ts'
import { startBench } from '../support/service.ts'

const models = ownDocuments.map((document) => ({
  endpointId: document.endpointId,
  openapi: openapiOf(document),
  title: `Title of ${document.endpointId}`,
}))

t.test('models that FAL describes', async (t) => {
  const bench = await startBench(t, { simulator: { models } })

  await t.test('a request is held against the document, and FAL takes what it is sent', async (t) => {
    const job = await bench.create({
      model: 'studio/clip/from-image',
      prompt: 'a fox',
      durationSeconds: 3,
      inputImageUrl: 'https://files.example.com/fox.png',
      input: { options: { temperature: 0.5 } },
    })
    t.match(job, {
      kind: 'video',
      params: { durationSeconds: 5 },
      warnings: [{ field: 'durationSeconds', from: 3, to: 5 }],
    })
    const done = await bench.settled(job.id)
    t.match(done, { status: 'completed', archive: { status: 'archived' }, media: [{ kind: 'video' }] })
    const [row] = await bench.service.services.store.db.selectFrom('job').select('model_version').execute()
    t.equal(row?.model_version, 1)
  })

  await t.test('errors are those of a curated model', async (t) => {
    const answer = await bench.call('POST', '/api/jobs', {
      model: 'studio/painter/v9',
      prompt: 'a fox in the snow',
      fps: 24,
      input: { tolerance: '9', colour: 'red' },
    })
    t.equal(answer.status, 422)
    t.match(answer.body.errors, [
      { pointer: '/input/tolerance', code: 'not_allowed', allowed: ['1', '2', '3'] },
      { pointer: '/input/colour', code: 'unknown_field' },
      { pointer: '/fps', code: 'unsupported' },
    ])
  })

  await t.test('an endpoint that FAL has not is refused, one without a document goes on', async (t) => {
    await createModelStore(bench.service.services.store.db).save(
      { endpointId: 'studio/painter/v8', status: 'active' },
      0,
    )
    const answer = await bench.call('POST', '/api/jobs', { model: 'studio/painter/v7', prompt: 'a fox' })
    t.match(answer, { status: 422, body: { code: 'UNKNOWN_MODEL' } })
    t.match(answer.body.errors[0].allowed, ['studio/painter/v8', 'studio/painter/v9'])
    const own = await bench.create({ model: 'workflows/ann/portrait', input: { any: 'thing' } })
    t.match(own, { kind: 'unknown', warnings: [] })
  })

  await t.test('while the Platform API is down, what FAL described goes on', async (t) => {
    await bench.simulator.admin.down('platform')
    const known = await bench.create({
      model: 'studio/painter/v9',
      prompt: 'a fox in the snow',
      numOutputs: 9,
    })
    t.match(known.params, { numOutputs: 4 })
    await bench.simulator.admin.up()
  })

  await t.test('a simulated model refuses what its document refuses', async (t) => {
    const url = `${bench.simulator.queueBase}/studio/painter/v9`
    const headers = { authorization: 'Key a:b', 'content-type': 'application/json' }
    const sent = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ prompt: 'x', tolerance: '9' }),
    })
    const { request_id: id } = (await sent.json()) as { request_id: string }
    bench.simulator.admin.complete(id)
    t.match(bench.simulator.admin.request(id), { statusCode: 422 })
  })
})

t.test('FAL’s descriptions out of reach: every create is accepted, none waits long', async (t) => {
  const nowhere = 'http://127.0.0.1:9'
  const bench = await startBench(t, { environment: { FAL_PLATFORM_BASE: nowhere, FAL_SCHEMA_BASE: nowhere } })
  const started = performance.now()
  const job = await bench.create({ model: 'studio/unheard-of', input: { prompt: 'a fox' } })
  t.ok(performance.now() - started < 5_000)
  t.match(job, { kind: 'unknown', warnings: [{ field: 'model', reason: /did not describe/ }] })
})
