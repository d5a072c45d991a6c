/** Callbacks, their attempts and their secrets as the API shows them. */
import { Type } from '@sinclair/typebox'
import { callbackTypes } from '../../domain/job.ts'
import { callbackStates } from '../../ports/callbacks.ts'
import { idOf, nullable, oneOf, time } from './basic-schemas.ts'

const closed = { additionalProperties: false }

const shown = {
  id: idOf('cb', 'Also the `webhook-id` of the message, the same in every attempt.'),
  jobId: idOf('job', 'The job it is about.'),
  type: oneOf(callbackTypes),
  url: Type.String(),
  status: oneOf(callbackStates, { description: '`pending`: an attempt is due or scheduled.' }),
  attemptCount: Type.Integer(),
  lastStatus: nullable(Type.Integer({ description: 'HTTP status of the last answer.' })),
  lastError: nullable(Type.String({ description: 'What was wrong with the last attempt.' })),
  nextAttemptAt: nullable(time('Time of the next attempt.')),
  createdAt: time('When it happened.'),
  deliveredAt: nullable(time('When the receiver answered 2xx.')),
}

export const callbackSchema = Type.Object(shown, {
  $id: 'Callback',
  ...closed,
  description: 'One notification to one receiver.',
})

export const callbackInFullSchema = Type.Object(
  {
    ...shown,
    payload: Type.Unknown({ description: 'The body: `{type, timestamp, data}`.' }),
    attempts: Type.Array(
      Type.Object(
        {
          number: Type.Integer(),
          startedAt: time('When it was sent.'),
          durationMs: Type.Integer(),
          status: nullable(Type.Integer({ description: 'null: no answer.' })),
          error: nullable(Type.String()),
          answer: nullable(Type.String({ description: "The first bytes of the receiver's answer." })),
        },
        closed,
      ),
    ),
  },
  { $id: 'CallbackInFull', ...closed, description: 'A callback with its payload and every attempt.' },
)

export const callbackTestSchema = Type.Object(
  {
    ok: Type.Boolean(),
    problem: nullable(Type.String({ description: 'What to fix.' })),
    status: nullable(Type.Integer()),
    durationMs: Type.Integer(),
    answer: nullable(Type.String({ description: "The first bytes of the receiver's answer." })),
  },
  { $id: 'CallbackTest', ...closed, description: 'The outcome of a test message.' },
)

export const callbackSecretSchema = Type.Object(
  {
    prefix: Type.String({ description: 'The first characters of the current secret.' }),
    createdAt: time('When the current secret was made.'),
    previousExpiresAt: nullable(time('Until then the previous secret also signs.')),
  },
  { $id: 'CallbackSecret', ...closed, description: 'The metadata of the secret that signs callbacks.' },
)

export const newCallbackSecretSchema = Type.Object(
  {
    ...callbackSecretSchema.properties,
    secret: Type.String({ description: '`whsec_…`: shown now and never again.' }),
  },
  { $id: 'NewCallbackSecret', ...closed, description: 'A new secret.' },
)
