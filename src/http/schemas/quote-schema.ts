/** A quote and the price in it, as the API shows them. */
import { Type } from '@sinclair/typebox'
import { micros, nullable, oneOf, time } from './basic-schemas.ts'

const closed = { additionalProperties: false }

export const priceSchema = Type.Object(
  {
    estimatedMicros: nullable(micros('null when it cannot be known before the run; `reason` says why.')),
    reason: nullable(Type.String()),
    atMostMicros: nullable(micros('The most it can cost, where that is known.')),
    unit: nullable(Type.String({ description: 'What is billed: image, second, megapixel…' })),
    quantity: nullable(Type.Number({ description: 'How many units.' })),
    unitMicros: nullable(micros('Of one unit.')),
    currency: Type.Literal('USD'),
    confidence: oneOf(['rule', 'base', 'unknown'] as const, {
      description: '`rule`: by all that FAL publishes; `base`: by its bare unit price, modifiers unknown.',
    }),
    source: oneOf(['catalogue', 'live', 'none'] as const, {
      description: "`live`: by FAL's present price list.",
    }),
    priceAsOf: nullable(
      Type.String({
        format: 'date',
        description: 'When FAL asked this price; one older than 90 days is also a warning of the quote.',
      }),
    ),
  },
  { $id: 'Price', ...closed },
)

export const quoteSchema = Type.Object(
  {
    quoteId: Type.String({ description: 'Send it with the create to be held to this price and input.' }),
    expiresAt: time('The quote holds until then.'),
    model: Type.String(),
    endpointId: Type.String(),
    kind: Type.String(),
    params: Type.Record(Type.String(), Type.Unknown(), { description: 'As normalized, defaults filled in.' }),
    warnings: Type.Array(
      Type.Object(
        { field: Type.String(), from: Type.Unknown(), to: Type.Unknown(), reason: Type.String() },
        closed,
      ),
    ),
    input: Type.Record(Type.String(), Type.Unknown(), {
      description:
        'Exactly the input that FAL would receive; a `data:` URI is shown as `{data, bytes, sha256}`.',
    }),
    price: Type.Unsafe<object>({ $ref: 'Price#' }),
    confirmationRequired: Type.Boolean({ description: 'The create needs `confirm: true`.' }),
  },
  { $id: 'Quote', ...closed, description: 'What a create would do and cost.' },
)
