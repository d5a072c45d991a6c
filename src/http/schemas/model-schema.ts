/** A model as the API shows it; the shape is that of jobs/models/model-directory.ts, stated for clients. */
import { Type } from '@sinclair/typebox'
import { mediaKinds } from '../../domain/job.ts'
import { nullable, oneOf } from './basic-schemas.ts'

export const modelKinds = [...mediaKinds, 'unknown'] as const
export const modelSources = ['catalogue', 'fal'] as const
export const availabilities = ['listed', 'retired', 'unconfirmed'] as const

const closed = { additionalProperties: false }
const strings = (description: string) => Type.Array(Type.String(), { description })

const limits = Type.Record(
  Type.String(),
  Type.Object(
    {
      field: Type.String({ description: "FAL's name for it." }),
      required: Type.Boolean(),
      allowed: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number()]))),
      anyRatio: Type.Optional(Type.Boolean({ description: 'Beside `allowed`, other ratios are taken too.' })),
      min: Type.Optional(Type.Number()),
      max: Type.Optional(Type.Number()),
      above: Type.Optional(Type.Number({ description: 'The value must be above this.' })),
      below: Type.Optional(Type.Number({ description: 'And this it must be below.' })),
      step: Type.Optional(Type.Number()),
      minLength: Type.Optional(Type.Integer()),
      maxLength: Type.Optional(Type.Integer()),
      default: Type.Optional(Type.Unknown({ description: 'What FAL uses when it is not given.' })),
    },
    closed,
  ),
  { description: 'By parameter; a parameter that is not here is not taken.' },
)

const summary = {
  alias: Type.String(),
  synonyms: strings('Other names that work as well.'),
  endpointId: Type.String({ description: "FAL's id." }),
  title: Type.String(),
  family: Type.String(),
  kind: oneOf(modelKinds),
  task: Type.String({ examples: ['text-to-image'] }),
  source: oneOf(modelSources, {
    description: '`catalogue`: this service has names and a price rule for it; `fal`: only FAL describes it.',
  }),
  availability: oneOf(availabilities, { description: '`unconfirmed`: FAL’s list does not name it.' }),
  successor: Type.Optional(Type.String({ description: 'Alias to use in place of a retired model.' })),
  version: nullable(Type.Integer({ description: 'Version of FAL’s document in use.' })),
  fetchedAt: nullable(
    Type.String({ format: 'date-time', description: 'When FAL was last asked for its document.' }),
  ),
  requiredAssets: strings('Input files it cannot do without.'),
  limits,
  output: Type.Record(Type.String(), Type.Unknown(), { description: 'Where in the result the media stand.' }),
  price: Type.Object(
    {
      unit: Type.String(),
      rule: Type.String({ description: 'In words.' }),
      estimable: oneOf(['before', 'after'] as const, {
        description: '`after`: the price depends on the media or on GPU time.',
      }),
      confidence: oneOf(['high', 'medium', 'base'] as const, {
        description: '`base`: FAL’s bare price alone; what resolution, sound and so on add is not known.',
      }),
      asOf: nullable(Type.String({ description: 'Date of the source.' })),
      note: Type.Optional(Type.String()),
    },
    closed,
  ),
}

export const modelSummarySchema = Type.Object(summary, { $id: 'ModelSummary', ...closed })

export const modelSchema = Type.Object(
  {
    ...summary,
    params: Type.Record(Type.String(), Type.Unknown(), {
      description: 'JSON Schema of the parameters and of `input`.',
    }),
    schema: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The same as `params`.',
      deprecated: true,
    }),
    example: Type.Record(Type.String(), Type.Unknown(), {
      description: 'A create body that works as it is.',
    }),
    notes: strings('What else to know.'),
    schemaAsOf: Type.String({ description: 'Date of the FAL schema behind all this.' }),
  },
  { $id: 'Model', ...closed },
)
