/** A quote says how old its price is: one that FAL may have changed since is a warning. */
import t from 'tap'
import { hashOfJson } from '../../../src/jobs/create/create-request.ts'
import { makePriceJob } from '../../../src/jobs/create/price-job.ts'
import { makeQuoteJob } from '../../../src/jobs/create/quote-job.ts'
import { createQuoteTokens } from '../../../src/jobs/create/quote-token.ts'
import { catalogueOnly } from '../../support/catalogue-only.ts'

const client = { clientId: 'cli_1', keyId: 'key_1', scopes: [], limits: {} }
const request = { model: 'flux-schnell', prompt: 'a coin' }
const listed = { endpointId: 'fal-ai/flux/schnell', unit: 'megapixels', unitPriceMicros: 3_000 }

const quote = (now: number, asOf?: string) =>
  makeQuoteJob({
    priceJob: makePriceJob({
      models: catalogueOnly,
      livePrices: async () => new Map(asOf === undefined ? [] : [[listed.endpointId, { ...listed, asOf }]]),
      creditsEnforced: false,
      unknownReserveMicros: null,
    }),
    quotes: createQuoteTokens('secret', hashOfJson),
    clock: { now: () => now },
    confirmAboveMicros: null,
  })(client, request)

t.test('a price of the catalogue is old after 90 days, one of the present list is not', async (t) => {
  const { price, warnings } = await quote(Date.UTC(2026, 0, 1))
  t.same(warnings, [])
  const then = Date.parse(price.priceAsOf ?? '')
  const old = await quote(then + 100 * 86_400_000)
  t.match(old.warnings, [{ field: 'price', from: price.priceAsOf, reason: /100 days ago/ }])
  t.equal(old.price.estimatedMicros, price.estimatedMicros)
  const live = await quote(then + 100 * 86_400_000, '2026-11-01')
  t.match(live, { price: { priceAsOf: '2026-11-01', source: 'live' }, warnings: [] })
})
