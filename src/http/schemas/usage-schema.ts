/** Usage as the API shows it: the fields of the groups that were asked for, and sums. */
import { Type } from '@sinclair/typebox'
import { micros, nullable, withExample } from './basic-schemas.ts'

const usageRow = withExample(
  Type.Object(
    {
      jobs: Type.Integer({ description: 'Jobs created then.' }),
      files: Type.Integer({ description: 'Files that they made.' }),
      bytes: Type.Integer({ description: 'Bytes of them in the archive.' }),
      estimatedMicros: micros('Sum of the estimates.'),
      actualMicros: micros("Sum of FAL's bills, as far as they are known."),
      chargedMicros: micros("Sum of what the clients' ledgers took."),
      unsettledJobs: Type.Integer({
        description: 'Jobs whose bill is not known: `actualMicros` lacks them.',
      }),
    },
    {
      additionalProperties: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
      description: 'Also the value of each group under its name; null: the jobs have none.',
    },
  ),
  {
    day: '2026-11-03',
    model: 'flux-schnell',
    jobs: 12,
    files: 18,
    bytes: 8_400_123,
    estimatedMicros: 54_000,
    actualMicros: 51_000,
    chargedMicros: 51_000,
    unsettledJobs: 0,
  },
)

export const usagePage = Type.Object(
  {
    data: Type.Array(usageRow),
    nextCursor: nullable(
      Type.String({ description: 'Pass as `cursor` for the next page; null on the last.' }),
    ),
    hasMore: Type.Boolean(),
  },
  { additionalProperties: false },
)
