/** The worked examples of FAL's published prices come out to the micro-dollar. */
import t from 'tap'
import { findModel } from '../../src/models/catalogue.ts'
import { priceInput } from '../../src/models/price.ts'
import { priceExamples } from './price-rows.ts'

t.equal(priceExamples.length, 74)

for (const { endpointId, input, micros } of priceExamples) {
  t.test(`${endpointId} with ${JSON.stringify(input)} costs ${micros} micro-USD`, async (t) => {
    const entry = findModel(endpointId)
    if (entry === undefined) throw new Error('not in the catalogue')
    const price = priceInput(entry, input)
    t.equal(price.estimatedMicros, micros)
    t.equal(price.reason, null)
    t.equal(price.source, 'catalogue')
  })
}
