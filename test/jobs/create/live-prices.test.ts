/** Live prices: whatever FAL's price list does, nobody waits long, nothing fails, and nonsense is not used. */
import t from 'tap'
import { createLivePrices, type LivePricesDeps } from '../../../src/jobs/create/live-prices.ts'
import type { UnitPrice } from '../../../src/ports/fal.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

const log = createLogger({ level: 'silent', secrets: [] })
const told = (unitPrice: number, more: Partial<UnitPrice> = {}): UnitPrice => ({
  endpointId: 'fal-ai/a',
  unitPrice,
  unit: 'images',
  currency: 'USD',
  ...more,
})

function book(fetchPrices: LivePricesDeps['fetchPrices'], time = { now: 0 }, to = log) {
  const endpoints = [{ endpointId: 'fal-ai/a', unit: 'image', apiBaseMicros: 30_000 }]
  return createLivePrices({ fetchPrices, endpoints, clock: { now: () => time.now }, log: to, waitMs: 50 })
}

t.test('one fetch serves all who ask within the hour, and the next hour has another', async (t) => {
  let fetches = 0
  const time = { now: 0 }
  const prices = book(async () => {
    fetches += 1
    return [told(0.03 * fetches)]
  }, time)
  await Promise.all(Array.from({ length: 20 }, () => prices.prices()))
  t.match((await prices.prices()).get('fal-ai/a'), { unit: 'images', unitPriceMicros: 30_000 })
  t.equal(fetches, 1)
  time.now = 3_600_000
  await prices.prices()
  await prices.prices()
  t.equal(fetches, 2)
})

t.test('a list that hangs costs the first caller a moment and the others nothing', async (t) => {
  const prices = book(
    (_ids, signal) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
  )
  t.equal((await prices.prices()).get('fal-ai/a'), undefined)
  const second = prices.prices().then(() => 'at once')
  t.equal(await Promise.race([second, new Promise((settle) => setImmediate(settle, 'later'))]), 'at once')
  prices.stop()
})

t.test('a list that fails leaves the last prices in place and is not asked again at once', async (t) => {
  const time = { now: 0 }
  let fetches = 0
  const prices = book(async () => {
    fetches += 1
    if (fetches === 1) return [told(0.04)]
    if (fetches === 2) return { trouble: 'FAL answered 401' }
    throw new Error('down')
  }, time)
  await prices.prices()
  for (const now of [3_600_000, 3_600_001, 3_660_000, 3_660_001]) {
    time.now = now
    await prices.prices()
    await new Promise((settle) => setImmediate(settle))
  }
  t.equal(fetches, 3, 'one try a minute')
  t.match(prices.known().get('fal-ai/a'), { unitPriceMicros: 40_000 })
})

t.test('a list that fails is one line in the log with the reason and no stack', async (t) => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const told = createLogger({ level: 'warn', secrets: [], destination })
  for (const fetchPrices of [
    async () => ({ trouble: 'ENOTFOUND' }),
    () => Promise.reject(new Error('ENOTFOUND')),
  ])
    await book(fetchPrices, { now: 0 }, told).prices()
  t.equal(lines.length, 2)
  for (const line of lines) {
    t.match(line, 'no live prices (ENOTFOUND): the last known ones stand')
    t.notOk(/stack|live-prices\.ts/.test(line))
  }
  await book(async () => ({ trouble: 'FAL answered 401' }), { now: 0 }, told).prices()
  t.match(lines.at(-1), /FAL refuses FAL_KEY.*fal-jobs doctor/)
})

t.test('prices that cannot be right are not used', async (t) => {
  for (const wrong of [
    told(0),
    told(-1),
    told(Number.NaN),
    told(0.03 * 11),
    told(0.03 / 11),
    told(0.03, { currency: 'EUR' }),
    told(0.03, { endpointId: 'fal-ai/other' }),
  ]) {
    const known = await book(async () => [wrong]).prices()
    t.equal(known.get(wrong.endpointId), undefined, JSON.stringify(wrong))
  }
})

t.test('a stopped book asks nobody', async (t) => {
  const prices = book(async () => {
    t.fail('asked')
    return []
  })
  prices.stop()
  t.equal((await prices.prices()).get('fal-ai/a'), undefined)
})

t.test(
  'a unit that FAL changed is reported once as a catalogue out of date, and its price is not used',
  async (t) => {
    const lines: string[] = []
    const to = createLogger({
      level: 'warn',
      secrets: [],
      destination: { write: (line: string) => void lines.push(line) },
    })
    const time = { now: Date.UTC(2026, 11, 1) }
    let unit = 'compute seconds'
    const prices = book(async () => [told(0.03, { unit })], time, to)
    t.equal((await prices.prices()).get('fal-ai/a'), undefined)
    time.now += 3_600_000
    await prices.prices()
    await new Promise((settle) => setImmediate(settle))
    t.equal(lines.length, 1)
    t.match(JSON.parse(lines[0] ?? ''), {
      endpointId: 'fal-ai/a',
      unit: 'compute seconds',
      msg: /^catalogue out of date: FAL now charges fal-ai\/a by "compute seconds", the catalogue by "image"/,
    })
    unit = 'Images'
    time.now += 3_600_000
    await prices.prices()
    await new Promise((settle) => setImmediate(settle))
    t.match((await prices.prices()).get('fal-ai/a'), { asOf: '2026-12-01' })
  },
)
