/** Models given to the simulator as FAL's documents: listed, described, checked and answered as they say. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../../src/simulator/config.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { openapiOf, ownDocuments } from '../../models/document/own-documents.ts'
import { scratchFolder } from '../../support/scratch.ts'
import { call, run } from '../fal-caller.ts'

const id = 'studio/clip/from-image'
const [, , document] = ownDocuments
const openapi = document === undefined ? {} : openapiOf(document)
const goodInput = { prompt: 'a fox', start_image_url: 'https://files.example.com/a.png' }

t.test('platform, web host and queue go by the given document', async (t) => {
  const simulator = await startSimulator({
    speed: 1000,
    models: [{ endpointId: id, openapi, unit: 'seconds', unitPrice: 0.2 }],
  })
  t.teardown(() => simulator.close())
  const listed = await call(`${simulator.platformBase}/models?endpoint_id=${id}&expand=openapi-3.0`)
  t.match(listed.body, { models: [{ endpoint_id: id, openapi: { openapi: '3.0.4' } }] })
  const web = await call(`${simulator.schemaBase}/api/openapi/queue/openapi.json?endpoint_id=${id}`)
  t.match(web.body, { info: { 'x-fal-metadata': { endpointId: id } } })
  t.equal(
    (await call(`${simulator.schemaBase}/api/openapi/queue/openapi.json?endpoint_id=no/such`)).statusCode,
    404,
  )
  t.match((await call(`${simulator.platformBase}/models/pricing?endpoint_id=${id}`)).body, {
    prices: [{ unit: 'seconds', unit_price: 0.2 }],
  })

  const good = (await run(simulator, id, { ...goodInput, duration: 7 })).result
  t.match(good.body, { video: { url: String } })
  t.equal(Number(good.headers.get('x-fal-billable-units')), 7)
  const bad = (await run(simulator, id, { prompt: 'a fox', voice: 'Eve' })).result
  t.equal(bad.statusCode, 422)
  t.match(bad.body, {
    detail: [{ loc: ['body', 'start_image_url'], type: 'missing' }, { loc: ['body', 'voice'] }],
  })
})

t.test('a model can be hidden from the list, retired, and changed while it runs', async (t) => {
  const simulator = await startSimulator({
    script: { models: [{ endpointId: id, openapi, unlisted: true }] },
  })
  t.teardown(() => simulator.close())
  t.equal((await call(`${simulator.platformBase}/models?endpoint_id=${id}`)).statusCode, 404)
  t.equal(
    (await call(`${simulator.schemaBase}/api/openapi/queue/openapi.json?endpoint_id=${id}`)).statusCode,
    200,
  )
  const given = await call(`${simulator.url}/_simulator/models`, {
    method: 'POST',
    body: JSON.stringify({ endpointId: 'fal-ai/flux/dev', status: 'deprecated' }),
  })
  t.equal(given.statusCode, 200)
  const retired = await call(`${simulator.platformBase}/models?status=deprecated`)
  t.match(retired.body, { models: [{ endpoint_id: 'fal-ai/flux/dev', metadata: { status: 'deprecated' } }] })
  t.throws(() => simulator.admin.giveModel({ endpointId: 'no slash' }), /Not a model/)
})

t.test('a folder holds bare documents and models', async (t) => {
  const folder = await mkdtemp(join(await scratchFolder(), 'models-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'a.json'), JSON.stringify(openapi))
  await writeFile(join(folder, 'b.json'), JSON.stringify({ endpointId: 'me/mine', unitPrice: 1 }))
  t.match(readConfig({ SIMULATOR_MODELS: folder }).models, [
    { endpointId: id, openapi: {} },
    { endpointId: 'me/mine' },
  ])
  await writeFile(join(folder, 'c.json'), '{}')
  t.throws(() => readConfig({ SIMULATOR_MODELS: folder }), /SIMULATOR_MODELS .*endpointId/)
})
