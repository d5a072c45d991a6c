/** Quote tokens: good for exactly what was quoted, to whom it was quoted, as long as it was promised. */
import fc from 'fast-check'
import t from 'tap'
import { hashOfJson } from '../../../src/jobs/create/create-request.ts'
import { createQuoteTokens, type Quote } from '../../../src/jobs/create/quote-token.ts'

const tokens = createQuoteTokens('secret', hashOfJson)
const quote: Quote = {
  clientId: 'cli_a',
  endpointId: 'fal-ai/flux/dev',
  input: { prompt: 'a', num_images: 2, size: { width: 1, height: 2 } },
  estimatedMicros: 50_000,
  atMostMicros: 60_000,
}
const id = tokens.sign(quote, 1_000)

t.test('the same request at the same price keeps its quote, in any replica with the secret', async (t) => {
  const replica = createQuoteTokens('secret', hashOfJson)
  t.same(replica.verify(id, quote, 999), { type: 'same' })
  const input = { size: { height: 2, width: 1 }, num_images: 2, prompt: 'a' }
  t.same(replica.verify(id, { ...quote, input }, 999), { type: 'same' }, 'the order of keys does not matter')
})

t.test('a quote that was given by an older version stays good', async (t) => {
  const old =
    'quo_AQAAAAAD6K-wSM4MRer1B8m5b1scm2Xu9xvVbJ3aCZ_Bzv3841FlUgj0tFT_vLybhlDMvv4LyZcb6ptunZc1Fet_ZEbSWwmfPzPySuktwA'
  t.same(tokens.verify(old, quote, 999), { type: 'same' })
  t.equal(id, old)
})

t.test('each difference is told apart', async (t) => {
  t.same(tokens.verify(id, quote, 1_000), { type: 'expired' })
  t.same(tokens.verify(id, { ...quote, clientId: 'cli_b' }, 999), { type: 'unknown' })
  const price = { type: 'changed', what: 'price' }
  t.same(tokens.verify(id, { ...quote, estimatedMicros: 50_001 }, 999), price)
  t.same(tokens.verify(id, { ...quote, atMostMicros: null }, 999), price)
  const input = { type: 'changed', what: 'input' }
  t.same(tokens.verify(id, { ...quote, endpointId: 'fal-ai/flux/schnell' }, 999), input)
  t.same(tokens.verify(id, { ...quote, input: { ...quote.input, prompt: 'b' } }, 999), input)
})

t.test('no other text passes, whatever of a real quote it keeps', async (t) => {
  t.same(createQuoteTokens('other', hashOfJson).verify(id, quote, 999), { type: 'unknown' })
  const bytes = Buffer.from(id.slice(4), 'base64url')
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const forged = Buffer.from(bytes)
      forged.writeUInt8((forged[at] ?? 0) ^ flip, at)
      return tokens.verify(`quo_${forged.toString('base64url')}`, quote, 0).type === 'unknown'
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => tokens.verify(text, quote, 0).type === 'unknown'))
  fc.assert(fc.property(fc.string(), (text) => tokens.verify(`quo_${text}`, quote, 0).type === 'unknown'))
})
