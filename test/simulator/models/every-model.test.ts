/** Every model of the catalogue answers in its own output shape, with media that can be read back as described. */

import t from 'tap'
import { isList, isObject, type Json, type JsonObject } from '../../../src/simulator/base/json.ts'
import { models } from '../../../src/simulator/models/catalogue.ts'
import type { InputField, ModelEntry } from '../../../src/simulator/models/data/model-entry.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, run, startReceiver, submit, until, urlsIn } from '../fal-caller.ts'

/** The least input the model takes. */
function leastInput(fields: readonly InputField[]): JsonObject {
  return Object.fromEntries(
    fields.filter(({ required }) => required).map((field) => [field.name, sample(field)]),
  )
}

function sample(field: InputField): Json {
  if (field.options?.[0] !== undefined) return field.options[0]
  switch (field.type[0]) {
    case 'array':
      return [field.items ? sample(field.items) : 'x']
    case 'object':
      return leastInput(field.properties ?? [])
    case 'integer':
    case 'number':
      return field.min ?? 1
    case 'boolean':
      return true
    default:
      return field.name.endsWith('_url') || field.name === 'item'
        ? 'https://example.com/input.png'
        : 'a long enough text'.repeat(Math.max(1, Math.ceil((field.minLength ?? 0) / 10)))
  }
}

function checkShape(model: ModelEntry, body: JsonObject): string[] {
  const { output } = model
  const main = body[output.field] ?? null
  const files = isList(main) ? main : [main]
  const missing = [output.field, ...output.alsoFields, ...(output.alsoImages ?? [])].filter(
    (name) => !(name in body),
  )
  const wrongFiles = files.filter(
    (file) => !isObject(file) || Object.keys(file).sort().join() !== [...output.fileFields].sort().join(),
  )
  return [
    ...missing,
    ...wrongFiles.map((file) => JSON.stringify(file)),
    ...(isList(main) === output.list ? [] : ['list']),
  ]
}

t.test('each of the 64 models takes its least input and answers in its shape', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  t.equal(models.length, 64)
  for (const model of models) {
    const { requestId, result } = await run(simulator, model.id, leastInput(model.input))
    t.equal(result.statusCode, 200, `${model.id} ${result.statusCode === 200 ? '' : result.text}`)
    t.strictSame(checkShape(model, result.body), [], model.id)
    const stored = simulator.admin.media(requestId)
    t.equal(stored.length, urlsIn(result.body).length)
    for (const [i, url] of urlsIn(result.body).entries()) {
      const head = await fetch(url, { method: 'HEAD' })
      t.equal(head.status, 200)
      t.equal(Number(head.headers.get('content-length')), stored[i]?.bytes)
      t.equal(head.headers.get('content-type'), stored[i]?.contentType)
    }
  }
  t.strictSame(simulator.admin.state().problems, [])
})

t.test('file_size, width and height are those of the file', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const input = { prompt: 'x', image_size: { width: 640, height: 352 } }
  const { result } = await run(simulator, 'fal-ai/bytedance/seedream/v4/text-to-image', input)
  const [file] = isList(result.body.images) ? result.body.images : []
  const bytes = Buffer.from(await (await fetch(urlsIn(result.body)[0] ?? '')).arrayBuffer())
  t.match(file, { width: 640, height: 352, file_size: bytes.length, content_type: 'image/png' })
  t.strictSame([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [640, 352])
})

t.test(
  'num_images gives that many distinct images; the same input gives other bytes in another request',
  async (t) => {
    const simulator = await startSimulator()
    t.teardown(() => simulator.close())
    const input = { prompt: 'four', num_images: 4, seed: 5 }
    const hashes = new Set<string>()
    for (let i = 0; i < 2; i++) {
      const { requestId, result } = await run(simulator, 'fal-ai/flux/dev', input)
      t.equal(result.body.seed, 5)
      for (const { sha256 } of simulator.admin.media(requestId)) hashes.add(sha256)
    }
    t.equal(hashes.size, 8)
  },
)

t.test('an endpoint that a script adds is answered by the kind its name suggests', async (t) => {
  const simulator = await startSimulator({ script: { settings: { endpoints: ['*'] } } })
  t.teardown(() => simulator.close())
  const shapes = [
    ['someone/new-thing', { images: [{ url: String }] }],
    ['someone/new-video/turbo', { video: { url: String } }],
    ['someone/speech', { audio: { url: String } }],
    ['fal-ai/chatterbox/text-to-speech', { audio: { url: String } }],
    ['fal-ai/auto-caption/video', { video: { url: String } }],
    ['fal-ai/any-llm', { output: String }],
    ['openrouter/router/vision', { output: String }],
    ['fal-ai/moondream3-preview/caption', { output: String }],
    ['fal-ai/wizper', { text: String, chunks: [{ timestamp: [0, 2.5], text: String }] }],
    ['fal-ai/speech-to-text/turbo', { text: String, inferred_languages: ['en'] }],
    ['fal-ai/elevenlabs/speech-to-text', { text: String, words: [{ text: 'A', start: 0, type: 'word' }] }],
    ['fal-ai/x-ailab/nsfw', { has_nsfw_concepts: [false] }],
  ] as const
  for (const [id, shape] of shapes) t.match((await run(simulator, id, { prompt: 'x' })).result.body, shape)
})

t.test('a path the app does not have is 404 at the result and has no payload in the webhook', async (t) => {
  const simulator = await startSimulator()
  const receiver = await startReceiver()
  t.teardown(() => simulator.close())
  t.teardown(() => receiver.close())
  const { result } = await run(simulator, 'fal-ai/flux/no-such-path', {}, { webhook: receiver.url })
  t.equal(result.statusCode, 404)
  t.equal(result.headers.get('x-fal-billable-units'), '0')
  t.match(result.body, { detail: 'Path /no-such-path not found' })
  const received = await until(() => receiver.received[0], 'the webhook')
  t.match(received.body, {
    status: 'ERROR',
    error: 'Invalid status code: 404',
    payload: null,
    payload_error: String,
  })
})

t.test('an app that does not exist is refused at the submit, with what may have been meant', async (t) => {
  const endpoints = ['me/mine', 'studio/*', 'workflows/me/*']
  const simulator = await startSimulator({ script: { settings: { endpoints } } })
  t.teardown(() => simulator.close())
  const detailOf = async (id: string) => {
    const { statusCode, body } = await submit(simulator, id, { prompt: 'x' })
    t.equal(statusCode, 404, id)
    return body.detail
  }
  t.equal(await detailOf('nobody/nothing-like-it'), 'Application "nobody/nothing-like-it" not found')
  t.equal(
    await detailOf('fal-ai/fluxx/schnel'),
    'Application "fal-ai/fluxx" not found. Near: fal-ai/flux/schnell',
  )
  t.equal(await detailOf('workflows/you/flow'), 'Application "workflows/you/flow" not found')
  t.equal(simulator.admin.totals().accepted, 0)
  for (const id of [...endpoints.slice(0, 1), 'studio/any/path', 'workflows/me/flow'])
    t.equal((await submit(simulator, id, { prompt: 'x' })).statusCode, 200, id)
})

t.test('a path that its app does not have ends in 404, with what may have been meant', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const { submitted, requestId, result } = await run(simulator, 'fal-ai/flux/shnell', { prompt: 'x' })
  t.equal(submitted.statusCode, 200)
  t.equal(result.statusCode, 404)
  t.match(result.body.detail, /^Path \/shnell not found\. Near: fal-ai\/flux\/schnell, /)
  t.equal(simulator.admin.bill(requestId), undefined)
})

t.test("each model's OpenAPI document names its input and output", async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  for (const model of models) {
    const url = `${simulator.url}/fal.ai/api/openapi/queue/openapi.json?endpoint_id=${model.id}`
    const { body } = await call(url)
    const inputs = Object.fromEntries(model.input.map(({ name }) => [name, Object]))
    t.match(body, {
      openapi: '3.0.4',
      components: { schemas: { Input: { properties: inputs }, Output: { required: [model.output.field] } } },
    })
  }
})
