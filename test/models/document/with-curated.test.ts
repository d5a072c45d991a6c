/** A curated model read from FAL's document today behaves as its entry says, within what FAL takes today. */
import t from 'tap'
import type { BriefEntry } from '../../../src/models/catalogue/entry.ts'
import { catalogue, findModel } from '../../../src/models/catalogue.ts'
import { modelOfFacts } from '../../../src/models/document/model-of-facts.ts'
import { readDocument } from '../../../src/models/document/read-document.ts'
import { withCurated } from '../../../src/models/document/with-curated.ts'
import { prepare, prepareFor } from '../../../src/models/prepare.ts'
import { isParams } from '../../../src/models/values/params.ts'
import { findModel as findSimulated } from '../../../src/simulator/models/catalogue.ts'
import { modelOpenapi } from '../../../src/simulator/models/model-openapi.ts'
import { prepareRows } from '../data/prepare-rows.ts'
import { openapiOf } from './own-documents.ts'

function described(endpointId: string, document: unknown) {
  const read = readDocument(JSON.parse(JSON.stringify(document)), endpointId)
  if ('unusable' in read) throw new Error(read.unusable)
  return modelOfFacts(read.facts, '2026-12-01')
}

function entryOf(alias: string) {
  const entry = findModel(alias)
  if (entry === undefined) throw new Error(`no ${alias}`)
  return entry
}

const resolved = (alias: string, entry: ReturnType<typeof withCurated>) => ({
  alias,
  endpointId: entry.endpointId,
  kind: entry.kind,
  entry,
  curated: null,
})

for (const entry of catalogue) {
  t.test(`${entry.alias}: the same document makes the same model`, async (t) => {
    const simulated = findSimulated(entry.endpointId)
    if (simulated === undefined) return t.fail('the simulator does not know it')
    const merged = withCurated(described(entry.endpointId, modelOpenapi(simulated)), entry)
    for (const { params, input, sent, micros } of prepareRows.filter(({ model }) => model === entry.alias)) {
      if (!isParams(params)) throw new Error('the row holds something that is no parameter')
      const request = { params, ...(input === undefined ? {} : { input }) }
      const today = prepareFor(resolved(entry.alias, merged), request)
      const before = prepare({ model: entry.alias, ...request })
      t.same(today.input, sent)
      t.equal(today.price.estimatedMicros, micros)
      t.same(today.params, before.params)
      t.same(today.warnings, before.warnings)
    }
  })
}

/** FAL's document of a model in another form than its entry. */
const changed = (properties: object) =>
  withCurated(
    described(
      'fal-ai/veo3.1',
      openapiOf({ endpointId: 'fal-ai/veo3.1', input: { type: 'object', properties, required: ['prompt'] } }),
    ),
    entryOf('veo3-1'),
  )

t.test("FAL's limits of today hold, and the entry's price", async (t) => {
  const model = changed({
    prompt: { type: 'string' },
    duration: { type: 'string', enum: ['4s', '12s'], default: '12s' },
    generate_audio: { type: 'boolean', default: true },
    resolution: { type: 'string', enum: ['720p', '8k'], default: '720p' },
  })
  const prepared = prepareFor(resolved('veo3-1', model), { params: { prompt: 'a fox', durationSeconds: 11 } })
  t.same(prepared.input, { prompt: 'a fox', duration: '12s' })
  t.equal(prepared.price.estimatedMicros, 12 * 400_000)
  t.equal(prepared.price.confidence, 'rule')
  t.throws(
    () => prepareFor(resolved('veo3-1', model), { params: { prompt: 'a fox', resolution: '1080p' } }),
    {
      errors: [{ pointer: '/resolution', allowed: ['720p', '8k'] }],
    },
  )
  t.throws(
    () => prepareFor(resolved('veo3-1', model), { params: { prompt: 'a fox', aspectRatio: '16:9' } }),
    {
      errors: [{ pointer: '/aspectRatio', code: 'unsupported' }],
    },
  )
})

t.test('a field that changed its type gets the role that its document suggests', async (t) => {
  const model = changed({
    prompt: { type: 'string' },
    duration: { type: 'integer', minimum: 2, maximum: 20 },
  })
  t.same(prepareFor(resolved('veo3-1', model), { params: { prompt: 'a fox', durationSeconds: 8 } }).input, {
    prompt: 'a fox',
    duration: 8,
  })
})

t.test('a new field takes no name that the entry gives to another', async (t) => {
  const model = changed({
    prompt: { type: 'string' },
    duration: { type: 'string', enum: ['4s'] },
    seconds: { type: 'integer' },
    steps: { type: 'integer' },
  })
  const roles = Object.fromEntries(model.parameters.map(({ field, param }) => [field, param ?? null]))
  t.same(roles, { prompt: 'prompt', duration: 'durationSeconds', seconds: null, steps: 'steps' })
})

t.test('a brief entry adds names, price and what it insists on to the document', async (t) => {
  const brief: BriefEntry = {
    alias: 'painter',
    synonyms: [],
    endpointId: 'studio/painter',
    title: 'Painter',
    family: 'painter',
    kind: 'image',
    task: 'text-to-image',
    availability: 'listed',
    asOf: '2026-09-25',
    always: { keep: false, gone: true },
    price: {
      unit: 'image',
      rates: [{ micros: 5 }],
      quantity: { by: 'images' },
      confidence: 'high',
      asOf: null,
    },
  }
  const input = {
    type: 'object',
    properties: {
      prompt: { type: 'string' },
      keep: { type: 'boolean', default: true },
      num_images: { type: 'integer', default: 1 },
    },
  }
  const model = withCurated(
    described('studio/painter', openapiOf({ endpointId: 'studio/painter', input })),
    brief,
  )
  t.match(prepareFor(resolved('painter', model), { params: { prompt: 'a fox', numOutputs: 3 } }), {
    input: { prompt: 'a fox', num_images: 3, keep: false },
    price: { estimatedMicros: 15 },
  })
  t.notOk('gone' in prepareFor(resolved('painter', model), { params: { prompt: 'a fox' } }).input)
})
