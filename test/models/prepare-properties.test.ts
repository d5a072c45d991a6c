/** Guarantees of `prepare` that hold for any request of any model. */
import fc from 'fast-check'
import t from 'tap'
import { AppError } from '../../src/domain/errors.ts'
import { findModel } from '../../src/models/catalogue.ts'
import { compiledModel } from '../../src/models/compiled-model.ts'
import { type Prepared, prepare } from '../../src/models/prepare.ts'
import { sameJson } from '../../src/models/same-json.ts'
import { isParams } from '../../src/models/values/params.ts'
import { type ArbitraryRequest, arbitraryRequest } from './arbitrary-request.ts'
import { falComplaints } from './fal-validator.ts'

const runs = { numRuns: 4000 }

t.test(
  'whatever is asked, FAL would accept what is sent, or the caller is told exactly what to mend',
  async (t) => {
    let sent = 0
    let refused = 0
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const outcome = tryPrepare(request)
        if (outcome instanceof AppError) {
          refused++
          if (outcome.code !== 'INVALID_PARAMS' || outcome.errors.length === 0) return false
          return outcome.errors.every(
            (error) => pointsInto(error.pointer) && error.message !== '' && error.code !== '',
          )
        }
        sent++
        const complaints = falComplaints(entryOf(request), outcome.input)
        if (complaints.length > 0) throw new Error(complaints.join('; '))
        return true
      }),
      runs,
    )
    t.ok(sent > 500, `${sent} requests went through`)
    t.ok(refused > 500, `${refused} requests were refused`)
  },
)

t.test('every change to what was asked is a warning that says from what and to what', async () => {
  fc.assert(
    fc.property(arbitraryRequest, (request) => {
      const outcome = tryPrepare(request)
      if (outcome instanceof AppError) return
      for (const [name, asked] of Object.entries(request.params)) {
        expectTold(outcome, name, asked, Object.entries(outcome.params).find(([key]) => key === name)?.[1])
      }
      for (const [field, asked] of Object.entries(request.input)) {
        if (isPlain(asked)) expectTold(outcome, `input.${field}`, asked, outcome.input[field])
      }
      for (const warning of outcome.warnings) {
        if (warning.field !== 'model' && sameJson(warning.from, warning.to))
          throw new Error('a warning of no change')
      }
    }),
    runs,
  )
})

t.test('normalizing what was normalized changes nothing', async () => {
  fc.assert(
    fc.property(arbitraryRequest, (request) => {
      const first = tryPrepare(request)
      if (first instanceof AppError) return
      const extra = Object.fromEntries(Object.keys(request.input).map((field) => [field, first.input[field]]))
      const second = prepare({ model: request.model, params: first.params, input: extra })
      const { defaults } = compiledModel(entryOf(request))
      expectSame(second.params, first.params)
      expectSame({ ...defaults, ...second.input }, { ...defaults, ...first.input })
      expectSame(second.price, first.price)
      expectSame(changes(second), [])
      // As a retry asks: the normalized params with the caller's own input.
      const retried = prepare({ model: request.model, params: first.params, input: request.input })
      expectSame({ ...defaults, ...retried.input }, { ...defaults, ...first.input })
    }),
    runs,
  )
})

t.test('the order in which a request is written does not matter', async () => {
  fc.assert(
    fc.property(arbitraryRequest, (request) => {
      const backwards = { ...request, params: reversed(request.params), input: reversed(request.input) }
      const [there, back] = [tryPrepare(request), tryPrepare(backwards)]
      if (there instanceof AppError || back instanceof AppError) {
        expectSame(there instanceof AppError, back instanceof AppError)
      } else if (JSON.stringify(there.input) !== JSON.stringify(back.input)) {
        throw new Error('other input')
      }
    }),
    { numRuns: 1000 },
  )
})

t.test(
  'a price is a whole number of micro-dollars, or null with a reason; its ceiling is not below it',
  async () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const outcome = tryPrepare(request)
        if (outcome instanceof AppError) return
        const { estimatedMicros, reason, atMostMicros } = outcome.price
        if (estimatedMicros === null) return reason !== null && reason !== ''
        return (
          Number.isSafeInteger(estimatedMicros) &&
          estimatedMicros >= 0 &&
          reason === null &&
          atMostMicros !== null &&
          atMostMicros >= estimatedMicros
        )
      }),
      runs,
    )
  },
)

t.test('an endpoint outside the catalogue gets its input as it is', async () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
      // Whole numbers beyond 2^53 are refused: they have lost digits.
      fc.pre(!/\d{16}/.test(JSON.stringify(input)))
      const prepared = prepare({ model: 'some-owner/some-app/v9', params: {}, input })
      expectSame(prepared.input, input)
      expectSame(prepared.warnings, [])
      return prepared.price.estimatedMicros === null
    }),
  )
})

function tryPrepare({ model, params, input }: ArbitraryRequest): Prepared | AppError {
  try {
    // Callers are checked at the edge; what slips through must still be refused, so wrong types go in as they are.
    const loose: Record<string, unknown> = params
    return prepare({ model, params: isParams(loose) ? loose : unchecked(loose), input })
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function entryOf(request: ArbitraryRequest) {
  const entry = findModel(request.model)
  if (entry === undefined) throw new Error('not in the catalogue')
  return entry
}

/** Hides from the compiler that the values may be of wrong types. */
function unchecked(params: Record<string, unknown>) {
  return Object.assign({}, params)
}

function expectTold(outcome: Prepared, field: string, asked: unknown, got: unknown): void {
  const told = outcome.warnings.filter((warning) => warning.field === field)
  if (sameJson(asked, got)) {
    expectSame(told, [])
  } else if (told.length !== 1 || !sameJson(told[0]?.from, asked) || !sameJson(told[0]?.to, got)) {
    throw new Error(
      `${field}: ${JSON.stringify(asked)} became ${JSON.stringify(got)}, told ${JSON.stringify(told)}`,
    )
  }
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function expectSame(got: unknown, wanted: unknown): void {
  if (!sameJson(got, wanted)) throw new Error(`${JSON.stringify(got)} is not ${JSON.stringify(wanted)}`)
}

function changes(prepared: Prepared) {
  return prepared.warnings.filter((warning) => warning.field !== 'model')
}

function reversed(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).toReversed())
}

function pointsInto(pointer: string): boolean {
  return pointer.startsWith('/') && pointer.length > 1
}
