/** Credits as the API shows and takes them. Amounts are integers in micro-USD. */
import { Type } from '@sinclair/typebox'
import { ledgerTypes } from '../../domain/money/ledger-entry.ts'
import { idOf, micros, nullable, oneOf, time } from './basic-schemas.ts'

const closed = { additionalProperties: false }

export const creditsSchema = Type.Object(
  {
    balanceMicros: micros('What was granted and not yet spent, reservations included.'),
    reservedMicros: micros('The part that running jobs have claimed.'),
    availableMicros: micros('What new jobs may claim: the balance less what is reserved.'),
    owedMicros: micros(
      'For renders that FAL made and the balance did not cover. The next grant pays it first; until then no job is accepted.',
    ),
    currency: Type.Literal('USD'),
    userId: nullable(Type.String({ description: "Whose account this is; null: the client's own." })),
  },
  { $id: 'Credits', ...closed },
)

export const ledgerEntrySchema = Type.Object(
  {
    id: idOf('led', 'The id of the entry.'),
    seq: Type.Integer({ description: 'Per account, from 1, no gaps.' }),
    type: oneOf(ledgerTypes, {
      description:
        '`grant` adds credit; `reserve` claims it for a job, `capture` spends what the job cost and frees the rest, `release` frees all of it; `adjust` takes what a job cost beyond what was captured, gives back what it cost less, or pays what was owed.',
    }),
    amountMicros: micros('Change of the balance; the sum over all entries is the balance.'),
    reservedChangeMicros: micros('Change of what is reserved; the sum over all entries is what is reserved.'),
    balanceMicros: micros('The balance after this entry.'),
    reservedMicros: micros('What is reserved after this entry.'),
    owedChangeMicros: micros('Change of what is owed; the sum over all entries is what is owed.'),
    owedMicros: micros('What is owed after this entry.'),
    jobId: nullable(Type.String()),
    reason: nullable(Type.String()),
    createdAt: time('When it was entered.'),
  },
  { $id: 'LedgerEntry', ...closed, description: 'One entry of an account. The ledger is append-only.' },
)

export const grantBody = Type.Object(
  {
    amountMicros: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description: 'In micro-USD.' }),
    reason: Type.String({ minLength: 1, maxLength: 500, description: 'Stored in the ledger.' }),
    clientId: Type.Optional(
      Type.String({ maxLength: 100, description: 'The receiving client; default: the client of the key.' }),
    ),
    userId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: "To this user's own account, which pays for the user's jobs from then on.",
      }),
    ),
  },
  closed,
)
