/** Random requests for a model: mostly sensible, often out of range, sometimes nonsense. */
import fc from 'fast-check'
import {
  type KnownModel,
  type Parameter,
  type ParamName,
  paramNames,
  type ValueRule,
} from '../../src/models/catalogue/entry.ts'
import { catalogue } from '../../src/models/catalogue.ts'
import { type Example, exampleOf } from '../../src/models/example.ts'

export interface ArbitraryRequest {
  model: string
  params: Record<string, unknown>
  input: Record<string, unknown>
}

/** Of any model of the catalogue. */
export const arbitraryRequest: fc.Arbitrary<ArbitraryRequest> = fc
  .constantFrom(...catalogue)
  .chain((entry) => requestsOf(entry))

/** Starts from an example that works, then adds, changes and takes away. */
export function requestsOf(entry: KnownModel): fc.Arbitrary<ArbitraryRequest> {
  return fc
    .record({ base: baseOf(entry), params: paramsOf(entry), input: inputOf(entry) })
    .map(({ base, params, input }) => ({
      model: base.model,
      params: { ...base.params, ...params },
      input: { ...base.input, ...input },
    }))
}

function baseOf(entry: KnownModel): fc.Arbitrary<Example> {
  const empty: Example = { model: entry.alias, params: {} }
  return fc.oneof({ weight: 9, arbitrary: fc.constant(exampleOf(entry)) }, fc.constant(empty))
}

function paramsOf(entry: KnownModel): fc.Arbitrary<Record<string, unknown>> {
  const names = entry.parameters.flatMap((parameter) => parameter.param ?? [])
  const known = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 5 })
  const any = fc.uniqueArray(fc.constantFrom(...paramNames), { maxLength: 2 })
  return fc
    .oneof({ weight: 5, arbitrary: known }, any)
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, paramValue(entry, name)]))))
}

function paramValue(entry: KnownModel, name: ParamName): fc.Arbitrary<unknown> {
  const parameter = entry.parameters.find((candidate) => candidate.param === name)
  const rule: ValueRule = parameter ?? { type: 'string' }
  if (name === 'aspectRatio') return fc.oneof(ratio, nonsense)
  if (name === 'durationSeconds') return fc.oneof({ weight: 9, arbitrary: number }, nonsense)
  if (name === 'seed') return fc.oneof({ weight: 9, arbitrary: fc.maxSafeInteger() }, number, nonsense)
  return fc.oneof({ weight: 9, arbitrary: anyValue(rule) }, nonsense)
}

function inputOf(entry: KnownModel): fc.Arbitrary<Record<string, unknown>> {
  const field = fc.constantFrom(...entry.parameters).chain((parameter) => fieldOf(parameter))
  const unknown = fc.tuple(fc.string({ maxLength: 8 }), fc.jsonValue())
  const fields = fc.array(fc.oneof({ weight: 19, arbitrary: field }, unknown), { maxLength: 3 })
  return fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fields).map((pairs) => Object.fromEntries(pairs))
}

function fieldOf(parameter: Parameter): fc.Arbitrary<[string, unknown]> {
  const value = fc.oneof({ weight: 19, arbitrary: anyValue(parameter) }, nonsense)
  return value.map((sample): [string, unknown] => [parameter.field, sample])
}

const ratio = fc.oneof(
  fc.constantFrom('16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '1920:1080', 'auto', '2:3', '7:5', '99:1'),
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })).map(([w, h]) => `${w}:${h}`),
)

const number = fc.oneof(
  fc.integer({ min: -5, max: 300 }),
  fc.double({ min: -2, max: 60, noNaN: true }),
  fc.double(),
)

const nonsense: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 2 })

function anyValue(rule: ValueRule): fc.Arbitrary<unknown> {
  switch (rule.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number':
      return rule.allowed === undefined ? number : fc.oneof(fc.constantFrom(...rule.allowed), number)
    case 'string':
      if (rule.media !== undefined) return address
      return rule.allowed === undefined ? fc.string({ maxLength: 80 }) : fc.constantFrom(...rule.allowed)
    case 'size':
      return fc.oneof(
        rule.allowed.length === 0 ? nonsense : fc.constantFrom(...rule.allowed),
        fc.record({ width: side, height: side }, { requiredKeys: [] }),
      )
    case 'array':
      return fc.array(anyValue(rule.items), { maxLength: 3 })
    case 'object':
      return rule.fields === undefined || rule.fields.length === 0
        ? fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 })
        : fc
            .array(
              fc.constantFrom(...rule.fields).chain((field) => fieldOf(field)),
              { maxLength: 6 },
            )
            .map((pairs) => Object.fromEntries(pairs))
    case 'choice':
      return fc.constantFrom(...rule.allowed)
    case 'union':
      return fc.oneof(...rule.options.map(anyValue))
    case 'any':
      return fc.jsonValue({ maxDepth: 2 })
  }
}

const side = fc.oneof(fc.integer({ min: 300, max: 2000 }), number)

const address = fc.constantFrom(
  'https://cdn.example.com/a.png',
  'https://v3.fal.media/files/b/c.mp4',
  'data:image/png;base64,iVBORw0KGgo=',
  'http://cdn.example.com/a.png',
  'https://127.0.0.1/a.png',
  'not an address',
)
