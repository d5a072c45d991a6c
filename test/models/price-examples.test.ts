/** The worked examples of FAL's published prices come out to the micro-dollar. */
import t from 'tap'
import { evaluatePrice } from '../../src/domain/pricing.ts'
import { findModel } from '../../src/models/catalogue.ts'
import { compiledModel } from '../../src/models/compiled-model.ts'
import { priceExamples } from './price-rows.ts'

t.equal(priceExamples.length, 74)

for (const { endpointId, input, micros } of priceExamples) {
  t.test(`${endpointId} with ${JSON.stringify(input)} costs ${micros} micro-USD`, async (t) => {
    const entry = findModel(endpointId)
    if (entry === undefined) throw new Error('not in the catalogue')
    const price = evaluatePrice(entry.price, { ...compiledModel(entry).defaults, ...input })
    t.equal(price.estimatedMicros, micros)
    t.equal(price.reason, null)
    t.equal(price.source, 'catalogue')
  })
}
