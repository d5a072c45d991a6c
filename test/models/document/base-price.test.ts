/** A bare price is used where its unit can be counted from the request, marked as such, and explained where it cannot. */
import t from 'tap'
import { basePrice } from '../../../src/models/document/base-price.ts'
import { modelOfFacts } from '../../../src/models/document/model-of-facts.ts'
import { readDocument } from '../../../src/models/document/read-document.ts'
import { type Params, prepareFor } from '../../../src/models/prepare.ts'
import { openapiOf } from './own-documents.ts'

const endpointId = 'studio/priced'
const text = { type: 'string' }
const count = { type: 'integer', minimum: 1, maximum: 8, default: 1 }
const side = { type: 'integer', minimum: 1, maximum: 4096 }
const size = {
  anyOf: [
    { type: 'object', properties: { width: side, height: side } },
    { type: 'string', enum: ['square_hd'] },
  ],
}

function priceOf(properties: object, unit: string, unitPriceMicros: number, params: Params) {
  const read = readDocument(openapiOf({ endpointId, input: { type: 'object', properties } }), endpointId)
  if ('unusable' in read) throw new Error(read.unusable)
  const described = modelOfFacts(read.facts, '2026-12-01')
  const entry = { ...described, ...basePrice(described, { unit, unitPriceMicros, asOf: '2026-12-01' }) }
  return prepareFor({ alias: null, endpointId, kind: entry.kind, entry, curated: null }, { params }).price
}

t.test('what can be counted is', async (t) => {
  const rows: [unit: string, micros: number, properties: object, params: Params, total: number][] = [
    ['images', 30_000, { prompt: text, num_images: count }, { prompt: 'x', numOutputs: 3 }, 90_000],
    ['image', 30_000, { prompt: text, n: count }, { prompt: 'x' }, 30_000],
    [
      'seconds',
      50_000,
      { duration: { type: 'string', enum: ['5s', '10s'] } },
      { durationSeconds: 10 },
      500_000,
    ],
    ['Second', 50_000, { duration: { type: 'integer', default: 5 } }, {}, 250_000],
    ['seconds', 1_000, { music_length_ms: { type: 'integer' } }, { durationSeconds: 30 }, 30_000],
    [
      'seconds',
      50_000,
      { duration: { type: 'integer', default: 5 }, num_videos: count },
      { numOutputs: 2 },
      500_000,
    ],
    [
      'megapixels',
      10_000,
      { image_size: { ...size, default: { width: 2048, height: 1024 } }, num_images: count },
      { numOutputs: 2 },
      40_000,
    ],
    ['1000 characters', 100_000, { text }, { prompt: 'x'.repeat(500) }, 50_000],
    ['characters', 100, { text }, { prompt: 'x'.repeat(500) }, 50_000],
    ['requests', 70_000, { prompt: text }, {}, 70_000],
    ['compute videos', 1, { prompt: text }, {}, Number.NaN],
  ]
  for (const [unit, micros, properties, params, total] of rows) {
    const price = priceOf(properties, unit, micros, params)
    if (Number.isNaN(total)) t.equal(price.estimatedMicros, null)
    else
      t.match(
        price,
        { estimatedMicros: total, confidence: 'base', source: 'live', reason: null },
        `${unit} ${JSON.stringify(params)}`,
      )
  }
})

t.test('what cannot be counted is null with the reason', async (t) => {
  const properties = {
    prompt: text,
    duration: { enum: ['auto', 5], default: 'auto' },
    image_url: text,
    image_size: size,
    num_frames: { type: 'integer' },
  }
  for (const [unit, reason] of [
    ['1000 tokens', /charges by "1000 tokens"/],
    ['units', /charges by "units"/],
    ['compute seconds', /compute seconds/],
    ['megapixels', /megapixels/],
    ['seconds', /duration is not fixed/],
  ] as const) {
    t.match(priceOf(properties, unit, 5, {}), { estimatedMicros: null, confidence: 'unknown', reason }, unit)
  }
  t.match(
    basePrice(modelOfFacts({ endpointId, category: null, input: {}, output: null, schemas: {} }, ''), null),
    {
      price: null,
      priceUnknown: /publishes no price/,
    },
  )
})
