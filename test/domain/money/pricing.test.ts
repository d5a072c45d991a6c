/** Prices: rounded up to the micro-dollar, never guessed, moved by FAL's live prices only where those say something. */
import t from 'tap'
import { describePrice } from '../../../src/domain/money/price-text.ts'
import {
  evaluatePrice,
  type PriceRule,
  staleDaysOf,
  unknownPrice,
} from '../../../src/domain/money/pricing.ts'

const perSecond: PriceRule = {
  unit: 'second',
  rates: [{ when: { generate_audio: false }, micros: 100_000 }, { micros: 150_000 }],
  factors: [{ when: { pro: true }, factor: 1.67 }],
  quantity: { by: 'seconds', field: 'duration', maxSeconds: 10 },
  apiBase: { unit: 'seconds', micros: 150_000 },
  confidence: 'high',
  asOf: '2026-07-28',
}

const perMegapixel: PriceRule = {
  unit: 'megapixel',
  rates: [{ micros: 3000 }],
  quantity: { by: 'imageMegapixels', sizeField: 'image_size' },
  confidence: 'high',
  asOf: null,
}

t.test('the first rate that fits counts, every factor that fits multiplies', async (t) => {
  const cost = (input: object) => evaluatePrice(perSecond, { ...input }).estimatedMicros
  t.equal(cost({ duration: '8s' }), 1_200_000)
  t.equal(cost({ duration: '8', generate_audio: false }), 800_000)
  t.equal(cost({ duration: 8, pro: true }), 2_004_000)
  t.equal(cost({ duration: 8, pro: 'true' }), 1_200_000, 'a string is not a boolean')
})

t.test('amounts are rounded up, and the noise of binary fractions is not', async (t) => {
  const rule = (micros: number): PriceRule => ({ ...perSecond, rates: [{ micros }], factors: [] })
  t.equal(evaluatePrice(rule(3), { duration: 0.5 }).estimatedMicros, 2)
  t.equal(evaluatePrice(rule(2000), { duration: 0.7 }).estimatedMicros, 1400)
  t.equal(evaluatePrice(rule(100_000), { duration: 0.3 }).estimatedMicros, 30_000)
})

t.test('megapixels are rounded up for each image, one being 1024 x 1024', async (t) => {
  const cost = (image_size: unknown, num_images = 1) =>
    evaluatePrice(perMegapixel, { image_size, num_images }).estimatedMicros
  t.equal(cost('square'), 3000)
  t.equal(cost('square_hd', 3), 9000)
  t.equal(cost({ width: 1025, height: 1024 }), 6000)
  t.equal(cost({ width: 1280, height: 720 }, 2), 6000)
  t.equal(cost({ width: 1024 }), 3000, 'FAL fills in 512 for a missing side')
})

t.test('what cannot be known before is said, with a ceiling where there is one', async (t) => {
  t.match(evaluatePrice(perSecond, { duration: 'auto' }), {
    estimatedMicros: null,
    reason: /the model picks the length/,
    atMostMicros: 1_500_000,
    unitMicros: 150_000,
    quantity: null,
  })
  t.match(evaluatePrice(perMegapixel, {}), { estimatedMicros: null, reason: /size/, atMostMicros: null })
  const unpriced: PriceRule = {
    ...perSecond,
    rates: [{ when: { resolution: '4k' }, micros: null, atMostMicros: 9 }],
  }
  t.match(evaluatePrice(unpriced, { resolution: '4k', duration: 2 }), {
    estimatedMicros: null,
    reason: 'FAL publishes no price for resolution is 4k',
    atMostMicros: 18,
  })
  t.match(evaluatePrice(unpriced, { duration: 2 }).reason, /no published price/)
  t.match(unknownPrice('why'), { estimatedMicros: null, reason: 'why', source: 'none' })
})

t.test('once the media is known, its price is too', async (t) => {
  const rule = (quantity: PriceRule['quantity'], more: Partial<PriceRule> = {}): PriceRule => ({
    ...perMegapixel,
    rates: [{ micros: 5000 }],
    quantity,
    ...more,
  })
  const cost = (priced: PriceRule, facts: object, input = {}) =>
    evaluatePrice(priced, input, facts).estimatedMicros
  const lipsync = rule({ by: 'outputVideoSeconds' }, { minimumMicros: 200_000 })
  t.equal(cost(lipsync, {}), null)
  t.equal(cost(lipsync, { outputSeconds: 10 }), 200_000, 'not below the minimum')
  t.equal(cost(lipsync, { outputSeconds: 100 }), 500_000)
  t.equal(cost(rule({ by: 'inputVideoSeconds', blockSeconds: 5 }), { inputVideoSeconds: 6 }), 50_000)
  t.equal(cost(rule({ by: 'outputVideoMinutes' }), { outputSeconds: 90 }), 7500)
  t.equal(cost(rule({ by: 'computeSeconds' }), { computeSeconds: 2.5 }), 12_500)
  t.equal(cost(rule({ by: 'outputImageMegapixels' }), { outputWidth: 2048, outputHeight: 1024 }), 10_000)
  t.equal(
    cost(rule({ by: 'outputVideoMegapixels' }), { outputWidth: 1000, outputHeight: 1000, outputFrames: 30 }),
    150_000,
  )
  t.equal(
    cost(rule({ by: 'images' }), { outputFiles: 3 }, { num_images: 4 }),
    15_000,
    'what came back is billed',
  )
  const tiers = rule(
    { by: 'inputVideoSeconds' },
    { heightTiers: [{ upToPixels: 720, micros: 1 }, { micros: 4 }] },
  )
  t.equal(cost(tiers, { inputVideoSeconds: 3, outputHeight: 720 }), 3)
  t.equal(cost(tiers, { inputVideoSeconds: 3, outputHeight: 721 }), 12)
  t.match(evaluatePrice(tiers, {}, { inputVideoSeconds: 3 }), { estimatedMicros: null, atMostMicros: 12 })
})

t.test('a live price scales every rate by what FAL now asks against what it asked', async (t) => {
  const live = { endpointId: 'x/y', unit: 'Second', unitPriceMicros: 300_000, asOf: '2026-11-30' }
  t.match(evaluatePrice(perSecond, { duration: 2, generate_audio: false }, {}, live), {
    estimatedMicros: 400_000,
    unitMicros: 200_000,
    source: 'live',
    priceAsOf: '2026-11-30',
  })
  const useless = [
    { ...live, unit: 'videos' },
    { ...live, unitPriceMicros: 0 },
    { ...live, unitPriceMicros: Number.NaN },
  ]
  for (const other of useless) {
    t.match(evaluatePrice(perSecond, { duration: 2 }, {}, other), {
      estimatedMicros: 300_000,
      source: 'catalogue',
      priceAsOf: perSecond.asOf,
    })
  }
  t.equal(
    evaluatePrice(perMegapixel, { image_size: 'square' }, {}, live).source,
    'catalogue',
    'no yardstick, no scaling',
  )
})

t.test('a request that FAL rounds up to the cent shows so in its ceiling', async (t) => {
  const rule: PriceRule = {
    ...perMegapixel,
    rates: [{ micros: 42_000 }],
    quantity: { by: 'request' },
    requestStepMicros: 10_000,
  }
  t.match(evaluatePrice(rule, {}), { estimatedMicros: 42_000, atMostMicros: 50_000 })
})

t.test('a price is old from the 91st day on', async (t) => {
  const on = (day: string) => Date.parse(`${day}T12:00:00Z`)
  const price = { priceAsOf: '2026-07-28' }
  t.equal(staleDaysOf(price, on('2026-10-26')), null)
  t.equal(staleDaysOf(price, on('2026-10-27')), 91)
  t.equal(staleDaysOf({ priceAsOf: null }, on('2026-10-27')), null)
})

t.test('a rule reads as a sentence', async (t) => {
  t.equal(
    describePrice(perSecond),
    '0.10 USD per second when generate_audio is false; otherwise 0.15 USD per second; times 1.67 when pro is true',
  )
})
