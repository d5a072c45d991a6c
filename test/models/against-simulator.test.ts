/** Two descriptions of FAL's models, made apart, agree: what the service sends, the simulated models accept. */
import fc from 'fast-check'
import t from 'tap'
import { AppError } from '../../src/domain/errors.ts'
import { catalogue, findModel } from '../../src/models/catalogue.ts'
import { isParams } from '../../src/models/params.ts'
import { prepare } from '../../src/models/prepare.ts'
import { parseJson } from '../../src/simulator/json.ts'
import { findModel as findSimulated } from '../../src/simulator/models/catalogue.ts'
import { checkInput } from '../../src/simulator/models/check-input.ts'
import { arbitraryRequest } from './arbitrary-request.ts'

t.test('both know the same endpoints, fields and outputs', async (t) => {
  for (const entry of catalogue) {
    const simulated = findSimulated(entry.endpointId)
    t.same(
      simulated?.input.map((field) => field.name).toSorted(),
      entry.parameters.map((parameter) => parameter.field).toSorted(),
      entry.alias,
    )
    t.equal(simulated?.kind, entry.kind)
    t.ok(
      entry.output.urlPath.startsWith(simulated?.output.field ?? '?'),
      `${entry.alias} answers in the same field`,
    )
  }
})

t.test('no request that the service lets through is refused by the model', async (t) => {
  let sent = 0
  fc.assert(
    fc.property(arbitraryRequest, ({ model, params, input }) => {
      const loose: Record<string, unknown> = params
      if (!isParams(loose)) return
      const outcome = attempt(() => prepare({ model, params: loose, input }))
      if (outcome === null) return
      sent++
      const simulated = findSimulated(findModel(model)?.endpointId ?? '')
      if (simulated === undefined) throw new Error('the simulator does not know it')
      const complaints = checkInput(simulated, parseJson(JSON.stringify(outcome.input)))
      if (complaints.length > 0)
        throw new Error(`${JSON.stringify(outcome.input)}: ${JSON.stringify(complaints)}`)
    }),
    { numRuns: 3000 },
  )
  t.ok(sent > 300, `${sent} requests went through`)
})

function attempt<T>(run: () => T): T | null {
  try {
    return run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_PARAMS') return null
    throw error
  }
}
