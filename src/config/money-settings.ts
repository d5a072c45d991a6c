/** The settings that concern money: confirmation, credits, and how the costs of jobs are settled. */
import { Type } from '@sinclair/typebox'
import { choice, count, decoded, orFromFile, type Setting, text } from './setting.ts'

export const moneySettings = {
  confirmAboveMicros: {
    name: 'CONFIRM_ABOVE_MICROS',
    schema: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'A create whose estimate is above this many micro-USD needs `confirm: true`; unset, none does.',
      }),
    ),
    decode: (raw) => raw ?? null,
  } satisfies Setting<number | null, number>,
  creditsEnforced: decoded(
    choice(
      'CREDITS',
      ['off', 'enforced'],
      'off',
      "`enforced`: every create reserves its estimate from the client's credits.",
    ),
    (credits) => credits === 'enforced',
  ),
  creditsUnknownReserveMicros: {
    name: 'CREDITS_UNKNOWN_RESERVE_MICROS',
    schema: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'With `CREDITS=enforced`: micro-USD reserved for a job whose price is not fully known, unless the create names `maxCostMicros`; unset, such a create without it is refused.',
      }),
    ),
    decode: (raw) => raw ?? null,
  } satisfies Setting<number | null, number>,
  /** Whether the ledger follows FAL's bill. */
  creditsSettle: choice(
    'CREDITS_SETTLE',
    ['actual', 'estimate'],
    'actual',
    "What a job is charged in the end: `actual` corrects the charge once to FAL's bill, `estimate` leaves it at what was charged when the job ended.",
  ),
  billingKey: orFromFile(
    text(
      'FAL_BILLING_KEY',
      "A FAL key of admin scope (`id:secret`), with which FAL's billing events are read and compared with the costs of jobs. Unset, they are not.",
    ),
  ),
  costReadsPerSecond: count(
    'COST_LOOKS_PER_SECOND',
    10,
    'Ended jobs a second whose bill this process asks of FAL, in the background; 0 means none, and costs stay unknown.',
    0,
    1000,
  ),
}
