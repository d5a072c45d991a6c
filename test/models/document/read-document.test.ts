/** Whatever FAL sends as a document, reading it ends soon, keeps a bounded part of it, and never throws. */
import fc from 'fast-check'
import t from 'tap'
import { modelOfFacts } from '../../../src/models/document/model-of-facts.ts'
import { readDocument } from '../../../src/models/document/read-document.ts'
import { prepareFor } from '../../../src/models/prepare.ts'
import { openapiOf, ownDocuments } from './own-documents.ts'

const endpointId = 'studio/odd'
const factsOf = (input: object, schemas: Record<string, unknown> = {}) => {
  const read = readDocument(
    openapiOf({ endpointId, input: { type: 'object', ...input }, schemas }),
    endpointId,
  )
  if ('unusable' in read) throw new Error(read.unusable)
  return read.facts
}
const modelOf = (input: object, schemas: Record<string, unknown> = {}) =>
  modelOfFacts(factsOf(input, schemas), '2026-12-01')
const unusable = (document: unknown) => {
  const read = readDocument(document, endpointId)
  return 'unusable' in read ? read.unusable : null
}
/** What FAL would be sent for an input; null when it is refused. */
function sent(model: ReturnType<typeof modelOf>, input: Record<string, unknown>) {
  try {
    return prepareFor(
      { alias: null, endpointId, kind: model.kind, entry: model, curated: null },
      { params: {}, input },
    ).input
  } catch {
    return null
  }
}

t.test(
  'facts hold the schemas of input and output, without prose and without what is not referred to',
  async (t) => {
    const facts = factsOf(
      {
        properties: {
          description: { type: 'string', title: 'D', description: 'prose' },
          b: { $ref: '#/components/schemas/B' },
        },
      },
      {
        B: { type: 'string', maxLength: 3, examples: ['A long example of a text, no choice'] },
        Unused: { type: 'string' },
      },
    )
    t.same(facts.schemas.OwnInput, {
      type: 'object',
      properties: { description: { type: 'string' }, b: { $ref: '#/components/schemas/B' } },
    })
    t.same(facts.schemas.B, { type: 'string', maxLength: 3 })
    t.same(Object.keys(facts.schemas).toSorted(), ['B', 'OwnInput', 'OwnOutput', 'Picture'])
    t.equal(facts.category, 'text-to-image')
  },
)

t.test('a document that cannot be used says why', async (t) => {
  const [first] = ownDocuments
  t.match(unusable(null), /no schema of the input/)
  t.match(unusable('<html>'), /no schema of the input/)
  t.match(
    unusable({ paths: { [`/${endpointId}`]: { post: { requestBody: { content: {} } } } } }),
    /no schema/,
  )
  t.match(first && unusable(openapiOf(first)), /describes studio\/painter/)
})

t.test('ten thousand fields, a million parts, endless nesting and huge texts are given up', async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`f${i}`, { type: 'string', default: 'x' }]),
  )
  t.match(unusable(openapiOf({ endpointId, input: { properties: many } })), /too many parts/)
  const long = { type: 'string', enum: Array.from({ length: 60 }, (_, i) => `${i}${'x'.repeat(10_000)}`) }
  t.match(unusable(openapiOf({ endpointId, input: { properties: { long } } })), /too much text/)
  const deep = JSON.parse(`${'{"items":'.repeat(5000)}{}${'}'.repeat(5000)}`)
  t.match(unusable(openapiOf({ endpointId, input: { properties: { deep } } })), /too deeply/)
})

t.test('components that multiply each other stay within a fixed number of rules', async (t) => {
  const schemas = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [
      `L${i}`,
      {
        type: 'object',
        properties: {
          a: { $ref: `#/components/schemas/L${i + 1}` },
          b: { $ref: `#/components/schemas/L${i + 1}` },
        },
      },
    ]),
  )
  const started = performance.now()
  const model = modelOf(
    { properties: { bomb: { $ref: '#/components/schemas/L0' }, after: { type: 'string' } } },
    schemas,
  )
  t.ok(JSON.stringify(model).length < 1_000_000)
  t.ok(performance.now() - started < 5_000)
  t.same(sent(model, { bomb: { a: { b: {} } } }), { bomb: { a: { b: {} } } })
})

t.test('a cycle is read once round, then passes unchecked', async (t) => {
  const schemas = {
    Node: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        next: { anyOf: [{ $ref: '#/components/schemas/Node' }, { type: 'null' }] },
      },
    },
    Self: { $ref: '#/components/schemas/Self' },
    All: { allOf: [{ $ref: '#/components/schemas/All' }] },
  }
  const model = modelOf(
    Object.assign({
      properties: {
        node: { $ref: '#/components/schemas/Node' },
        self: { $ref: '#/components/schemas/Self' },
        all: { $ref: '#/components/schemas/All' },
      },
    }),
    schemas,
  )
  t.equal(sent(model, { node: { name: 1 } }), null)
  const input = { node: { name: 'a', next: { name: 1 } }, self: [1], all: 'x' }
  t.same(sent(model, input), input)
})

t.test('a pattern is matched in linear time; one beyond the engine passes unchecked', async (t) => {
  const model = modelOf({
    properties: {
      evil: { type: 'string', pattern: '^(a+)+$' },
      ahead: { type: 'string', pattern: '^(?=.*a)b' },
      broken: { type: 'string', pattern: '([' },
      huge: { type: 'string', pattern: '(a{0,1000}){0,1000}' },
    },
  })
  const started = performance.now()
  t.equal(sent(model, { evil: `${'a'.repeat(19_000)}b` }), null)
  t.ok(performance.now() - started < 5_000, 'a backtracking engine would not end')
  const input = { evil: 'aaa', ahead: 'x', broken: 'x', huge: 'x' }
  t.same(sent(model, input), input)
})

t.test('contradictory keywords refuse nothing', async (t) => {
  const model = modelOf({
    properties: {
      crossed: { type: 'number', minimum: 5, maximum: 1 },
      stepless: { type: 'integer', minimum: 1, maximum: 3, multipleOf: 10 },
      fine: { type: 'number', multipleOf: 1e-12 },
      short: { type: 'string', minLength: 5, maxLength: 1 },
      elsewhere: { $ref: 'https://example.com/schema.json' },
      nowhere: { $ref: '#/components/schemas/Nowhere' },
      odd: { type: 'martian' },
      objects: { enum: [{ a: 1 }, [2]] },
    },
  })
  const input = {
    crossed: 3,
    stepless: 2,
    fine: 0.1,
    short: 'abcdef',
    elsewhere: {},
    nowhere: [],
    odd: 1,
    objects: 5,
  }
  t.same(sent(model, input), input)
})

t.test('a field named __proto__ changes no prototype', async (t) => {
  const document = JSON.parse(
    JSON.stringify(openapiOf({ endpointId, input: { properties: {}, additionalProperties: true } })).replace(
      '"properties":{}',
      '"properties":{"__proto__":{"type":"string"},"a":{"type":"string"}}',
    ),
  )
  const read = readDocument(document, endpointId)
  if ('unusable' in read) throw new Error(read.unusable)
  const model = modelOfFacts(read.facts, '2026-12-01')
  t.same(
    model.parameters.map(({ field }) => field),
    ['a'],
  )
  t.equal(sent(model, JSON.parse('{"__proto__": {"polluted": true}}')), null)
})

t.test('any JSON in the place of a document, or of a schema in it, is read without an error', async () => {
  const anyPlace = fc.jsonValue({ maxDepth: 5 })
  const keyword = fc.constantFrom(
    'type',
    'enum',
    'anyOf',
    'allOf',
    '$ref',
    'items',
    'properties',
    'required',
    'const',
    'x-fal',
    'minimum',
    'prefixItems',
    'additionalProperties',
    'default',
    'examples',
    'width',
  )
  const { schema } = fc.letrec((tie) => ({
    schema: fc.oneof({ depthSize: 'small' }, anyPlace, fc.dictionary(keyword, tie('value'), { maxKeys: 4 })),
    value: fc.oneof(
      { depthSize: 'small' },
      tie('schema'),
      fc.array(tie('schema'), { maxLength: 3 }),
      fc.constantFrom('string', 'array', 'object', '#/components/schemas/OwnInput'),
    ),
  }))
  fc.assert(
    fc.property(
      anyPlace,
      fc.dictionary(fc.string(), schema, { maxKeys: 4 }),
      anyPlace,
      (document, properties, value) => {
        readDocument(document, endpointId)
        const read = readDocument(
          openapiOf({ endpointId, input: { type: 'object', properties } }),
          endpointId,
        )
        if ('unusable' in read) return
        const model = modelOfFacts(read.facts, '2026-12-01')
        sent(model, Object.fromEntries(model.parameters.map(({ field }) => [field, value])))
      },
    ),
    { numRuns: 3000 },
  )
})
