/** Every model: normalized parameters become exactly FAL's input, at exactly the published price. */
import t from 'tap'
import { catalogue } from '../../src/models/catalogue.ts'
import { prepare } from '../../src/models/prepare.ts'
import { isParams } from '../../src/models/values/params.ts'
import { prepareRows } from './data/prepare-rows.ts'

t.test('the table has a least and a full request for every model', async (t) => {
  for (const ask of ['least', 'full']) {
    const covered = prepareRows.filter((row) => row.ask === ask).map((row) => row.model)
    t.same(covered.toSorted(), catalogue.map((entry) => entry.alias).toSorted(), ask)
  }
})

for (const row of prepareRows) {
  t.test(
    `${row.model}, ${row.ask} request: FAL gets its own names and encodings, at the right price`,
    async (t) => {
      const { model, params, input } = row
      if (!isParams(params)) throw new Error('the row holds something that is no parameter')
      const prepared = prepare({ model, params, ...(input === undefined ? {} : { input }) })
      t.strictSame(prepared.input, row.sent)
      t.equal(prepared.price.estimatedMicros, row.micros)
      t.equal(prepared.price.reason === null, row.micros !== null, 'a missing price has a reason')
      t.same(
        prepared.warnings.filter((warning) => warning.field !== 'model'),
        [],
        'nothing was changed',
      )
      t.match(prepared.params, params, 'what was asked is shown as asked')
    },
  )
}
