/** The shape every catalogue entry must have, as a runtime check: what the compiler cannot see in data. */
import { type TSchema, Type } from '@sinclair/typebox'
import { paramNames } from '../../src/models/catalogue/entry.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1 })
const isoDate = Type.String({ pattern: '^20\\d\\d-\\d\\d-\\d\\d$' })
const micros = Type.Integer({ minimum: 1 })
const condition = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9_]+$' }),
  Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Object({ startsWith: text }, closed)]),
)

const parameter = Type.Recursive((self) =>
  Type.Object(
    {
      field: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_]+$' })),
      type: oneOf('string', 'integer', 'number', 'boolean', 'size', 'array', 'object'),
      allowed: Type.Optional(
        Type.Array(Type.Union([text, Type.Number()]), { minItems: 1, uniqueItems: true }),
      ),
      open: Type.Optional(Type.Literal(true)),
      minLength: Type.Optional(Type.Integer({ minimum: 0 })),
      maxLength: Type.Optional(Type.Integer({ minimum: 1 })),
      media: Type.Optional(oneOf('image', 'video', 'audio')),
      min: Type.Optional(Type.Number()),
      max: Type.Optional(Type.Number()),
      above: Type.Optional(Type.Number()),
      step: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
      minPixels: Type.Optional(Type.Integer({ minimum: 1 })),
      maxPixels: Type.Optional(Type.Integer({ minimum: 1 })),
      items: Type.Optional(self),
      maxItems: Type.Optional(Type.Integer({ minimum: 1 })),
      fields: Type.Optional(Type.Array(self, { minItems: 1 })),
      required: Type.Optional(Type.Literal(true)),
      nullable: Type.Optional(Type.Literal(true)),
      default: Type.Optional(Type.Unknown()),
      always: Type.Optional(Type.Unknown()),
      param: Type.Optional(oneOf(...paramNames)),
      encoding: Type.Optional(oneOf('seconds+s', 'seconds-text', 'frames', 'frames-text', 'size', 'pixels')),
    },
    closed,
  ),
)

const rate = Type.Object(
  {
    when: Type.Optional(condition),
    micros: Type.Union([micros, Type.Null()]),
    atMostMicros: Type.Optional(micros),
  },
  closed,
)

const tier = Type.Object({ upToPixels: Type.Optional(Type.Integer({ minimum: 1 })), micros }, closed)

const price = Type.Object(
  {
    unit: oneOf(
      'image',
      'megapixel',
      'second',
      'minute',
      'video',
      'audio',
      '1k_characters',
      '1m_tokens',
      'compute_second',
    ),
    rates: Type.Array(rate),
    factors: Type.Optional(
      Type.Array(Type.Object({ when: condition, factor: Type.Number({ exclusiveMinimum: 0 }) }, closed)),
    ),
    heightTiers: Type.Optional(Type.Array(tier, { minItems: 1 })),
    quantity: Type.Object({ by: text }),
    minimumMicros: Type.Optional(micros),
    requestStepMicros: Type.Optional(micros),
    apiBase: Type.Optional(Type.Object({ unit: text, micros }, closed)),
    confidence: oneOf('high', 'medium'),
    asOf: Type.Union([isoDate, Type.Null()]),
    note: Type.Optional(text),
  },
  closed,
)

const constraint = Type.Union([
  Type.Object(
    { when: Type.Record(Type.String(), text), field: text, allowed: Type.Array(text, { minItems: 1 }) },
    closed,
  ),
  Type.Object({ oneOf: Type.Array(text, { minItems: 2 }), reason: text }, closed),
])

export const entrySchema = Type.Object(
  {
    alias: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }),
    synonyms: Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9.-]*$' }), { uniqueItems: true }),
    endpointId: Type.String({ pattern: '^[a-z0-9-]+(/[a-z0-9._-]+)+$' }),
    title: text,
    family: text,
    kind: oneOf('image', 'video', 'audio'),
    task: text,
    availability: oneOf('listed', 'retired', 'unconfirmed'),
    successor: Type.Optional(Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' })),
    parameters: Type.Array(parameter, { minItems: 1 }),
    constraints: Type.Optional(Type.Array(constraint, { minItems: 1 })),
    frameRate: Type.Optional(
      Type.Object({ default: Type.Integer({ minimum: 1 }), field: Type.Optional(text) }, closed),
    ),
    output: Type.Object(
      {
        urlPath: oneOf('images[].url', 'image.url', 'video.url', 'audio.url'),
        fileFields: Type.Array(text),
        otherFields: Type.Array(text),
        extraMediaPaths: Type.Optional(Type.Array(text, { minItems: 1 })),
      },
      closed,
    ),
    price,
    notes: Type.Optional(Type.Array(text, { minItems: 1 })),
    asOf: isoDate,
  },
  closed,
)

function oneOf(...values: string[]): TSchema {
  return Type.Union(values.map((value) => Type.Literal(value)))
}
