/** The examples of the document are requests the service would take: readers copy them. */
import t from 'tap'
import { createExamples } from '../../../src/http/schemas/data/job-examples.ts'
import { type CreateRequest, paramsOf } from '../../../src/jobs/create/create-request.ts'
import { prepare } from '../../../src/models/prepare.ts'

for (const [name, { value }] of Object.entries(createExamples)) {
  t.test(`the example "${name}" of a create can be prepared as it is`, async (t) => {
    const request: CreateRequest = { ...value }
    const { input = {}, model } = request
    const prepared = prepare({ model, params: paramsOf(request), input })
    t.strictSame(
      prepared.warnings.filter(({ field }) => field !== 'model'),
      [],
      'nothing has to be mended',
    )
  })
}
