/** A model read from FAL's document and a JSON Schema validator of that document agree on what may be sent. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import t from 'tap'
import { AppError } from '../../../src/domain/errors.ts'
import type { KnownModel } from '../../../src/models/catalogue/entry.ts'
import { describeModel } from '../../../src/models/describe.ts'
import { modelOfFacts } from '../../../src/models/document/model-of-facts.ts'
import { readDocument } from '../../../src/models/document/read-document.ts'
import { type Prepared, prepareFor } from '../../../src/models/prepare.ts'
import { isParams } from '../../../src/models/values/params.ts'
import { requestsOf } from '../arbitrary-request.ts'
import { type OwnDocument, openapiOf, ownDocuments } from './own-documents.ts'
import { valuesOf } from './values-of-schema.ts'

// A step of 0.01 has no exact double: FAL's validator is as tolerant.
const ajv = new Ajv2020({ strict: false, validateFormats: false, multipleOfPrecision: 6 })

for (const document of ownDocuments) {
  const model = modelOf(document)
  const accepts = validatorOf(document)

  t.test(`${document.endpointId}: what passes here passes FAL's schema`, async (t) => {
    let sent = 0
    fc.assert(
      fc.property(requestsOf(model), ({ params, input }) => {
        const prepared = attempt(model, params, input)
        if (prepared === null) return
        sent += 1
        if (!accepts(prepared.input)) {
          throw new Error(`${JSON.stringify(prepared.input)}: ${JSON.stringify(accepts.errors)}`)
        }
      }),
      { numRuns: 1500 },
    )
    t.ok(sent > 100, `${sent} requests went through`)
  })

  t.test(`${document.endpointId}: what FAL's schema takes is not refused`, async (t) => {
    let whole = 0
    fc.assert(
      fc.property(valuesOf(document.input, document.schemas ?? {}), (value) => {
        const input = Object.fromEntries(Object.entries(value ?? {}))
        // The service refuses a blank prompt, which FAL would charge.
        if (!accepts(input) || isTooLarge(input.image_size) || isBlank(input.prompt)) return
        const reachable = withFiles(model, input)
        const prepared = prepareFor(resolved(model), { params: {}, input: reachable })
        whole += 1
        // The service turns sync_mode off, and a size has spellings of its own.
        const expected = ['input.image_size', 'input.sync_mode']
        const changed = prepared.warnings.filter(
          ({ field }) => !expected.some((name) => field.startsWith(name)),
        )
        if (changed.length > 0) throw new Error(JSON.stringify(changed))
      }),
      { numRuns: 800 },
    )
    t.ok(whole > 100, `${whole} inputs were taken`)
  })

  t.test(`${document.endpointId}: its example goes through, and its own schema takes it`, async (t) => {
    const { example, schema } = describeModel(model)
    const prepared = prepareFor(resolved(model), example)
    t.same(prepared.warnings, [])
    t.ok(accepts(prepared.input), JSON.stringify(accepts.errors))
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
    t.ok(validate({ ...example.params, input: example.input ?? {} }), JSON.stringify(validate.errors))
  })
}

const isBlank = (prompt: unknown): boolean => typeof prompt === 'string' && prompt.trim() === ''

function modelOf(document: OwnDocument): KnownModel {
  const read = readDocument(JSON.parse(JSON.stringify(openapiOf(document))), document.endpointId)
  if ('unusable' in read) throw new Error(read.unusable)
  return modelOfFacts(read.facts, '2026-12-01')
}

function validatorOf({ input, schemas }: OwnDocument) {
  return ajv.compile({ ...modern(input), components: { schemas: schemas ?? {} } })
}

/** `exclusiveMinimum: true` and `nullable` are of OpenAPI 3.0, and unknown to the validator. */
function modern(schema: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(schema)
    .replaceAll('"minimum":0.5,"exclusiveMinimum":true', '"exclusiveMinimum":0.5')
    .replaceAll('{"type":"integer","nullable":true}', '{"type":["integer","null"]}')
  return JSON.parse(text)
}

function resolved(model: KnownModel) {
  return { alias: null, endpointId: model.endpointId, kind: model.kind, entry: model, curated: null }
}

function attempt(
  model: KnownModel,
  params: Record<string, unknown>,
  input: Record<string, unknown>,
): Prepared | null {
  try {
    return prepareFor(resolved(model), {
      params: isParams(params) ? params : Object.assign({}, params),
      input,
    })
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_PARAMS' && error.errors.length > 0) return null
    throw error
  }
}

/** `x-fal` states a smaller area than the sides allow; it is the limit that holds. */
function isTooLarge(size: unknown): boolean {
  const sides: unknown[] = typeof size === 'object' && size !== null ? Object.values(size) : []
  return sides.some((side) => Number(side) > 1_700)
}

/** Random texts are no addresses, which the schema does not say and FAL finds out when it fetches them. */
function withFiles(model: KnownModel, input: Record<string, unknown>): Record<string, unknown> {
  const address = 'https://files.example.com/a.png'
  const entries = Object.entries(input).map(([field, value]): [string, unknown] => {
    const rule = model.parameters.find((parameter) => parameter.field === field)
    if (rule?.type === 'string' && rule.media !== undefined && value !== null) return [field, address]
    if (
      rule?.type === 'array' &&
      rule.items.type === 'string' &&
      rule.items.media !== undefined &&
      Array.isArray(value)
    ) {
      return [field, value.map(() => address)]
    }
    return [field, value]
  })
  return Object.fromEntries(entries)
}
