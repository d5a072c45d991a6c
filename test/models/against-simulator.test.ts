/** Two descriptions of FAL's models, made apart, agree: what the service sends, the simulated models accept. */
import fc from 'fast-check'
import t from 'tap'
import { AppError } from '../../src/domain/errors.ts'
import { ceilMicros } from '../../src/domain/money/money.ts'
import { catalogue, findModel } from '../../src/models/catalogue.ts'
import { prepare } from '../../src/models/prepare.ts'
import { pricedEndpoints } from '../../src/models/price.ts'
import { isParams } from '../../src/models/values/params.ts'
import { parseJson } from '../../src/simulator/base/json.ts'
import { billedUnits } from '../../src/simulator/models/billing.ts'
import { findModel as findSimulated } from '../../src/simulator/models/catalogue.ts'
import { checkInput } from '../../src/simulator/models/check-input.ts'
import { withDefaults } from '../../src/simulator/models/read-input.ts'
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

t.test("both know FAL's base prices, in FAL's own units", async (t) => {
  for (const { alias, endpointId, price } of catalogue) {
    const told = findSimulated(endpointId)?.price
    if (price.apiBase !== undefined) t.equal(told?.unit, price.apiBase.unit, alias)
    if (price.apiBase !== undefined)
      t.equal(ceilMicros((told?.amount ?? 0) * 1e6), price.apiBase.micros, alias)
  }
  t.ok(pricedEndpoints().length > 50)
})

t.test('what the simulator bills is what was estimated, wherever that could be known', async (t) => {
  const compared = new Set<string>()
  fc.assert(
    fc.property(arbitraryRequest, ({ model, params, input }) => {
      const loose: Record<string, unknown> = params
      if (!isParams(loose)) return
      const prepared = attempt(() => prepare({ model, params: loose, input }))
      const simulated = findSimulated(findModel(model)?.endpointId ?? '')
      const estimate = prepared?.price.estimatedMicros ?? null
      if (prepared === null || simulated === undefined || estimate === null || isUnusual(prepared.input))
        return
      compared.add(model)
      const sent = withDefaults(simulated, parseJson(JSON.stringify(prepared.input)))
      const micros = ceilMicros(billedUnits(simulated, sent, 1) * simulated.price.amount * 1e6)
      if (micros !== estimate)
        throw new Error(`${model} ${JSON.stringify(prepared.input)}: ${micros}, not ${estimate}`)
    }),
    { numRuns: 3000 },
  )
  t.ok(compared.size > 40, `${compared.size} models`)
})

/** Draws fewer pictures than the most it may, or smaller ones than asked: the bill is then below the estimate. */
function isUnusual({ max_images: most, image_size: size }: Record<string, unknown>): boolean {
  const sides: unknown[] = typeof size === 'object' && size !== null ? Object.values(size) : []
  return (
    (typeof most === 'number' && most > 1) || sides.some((side) => typeof side === 'number' && side > 4096)
  )
}

function attempt<T>(run: () => T): T | null {
  try {
    return run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_PARAMS') return null
    throw error
  }
}
