/** Callbacks, their tries and their secrets as the API shows them. */
import { Type } from '@sinclair/typebox'
import { callbackTypes } from '../../domain/job.ts'
import { callbackStates } from '../../ports/callbacks.ts'
import { idOf, nullable, oneOf, time } from './basic-schemas.ts'

const closed = { additionalProperties: false }

const shown = {
  id: idOf('cb', 'Also the `webhook-id` of the message, the same in every try.'),
  jobId: idOf('job', 'The job it tells of.'),
  type: oneOf(callbackTypes),
  url: Type.String(),
  status: oneOf(callbackStates, { description: '`pending`: a try is due or to come.' }),
  attemptCount: Type.Integer(),
  lastStatus: nullable(Type.Integer({ description: 'HTTP status of the last answer.' })),
  lastError: nullable(Type.String({ description: 'What was wrong with the last try.' })),
  nextAttemptAt: nullable(time('When it is tried next.')),
  createdAt: time('When it happened.'),
  deliveredAt: nullable(time('When the receiver said 2xx.')),
}

export const callbackSchema = Type.Object(shown, {
  $id: 'Callback',
  ...closed,
  description: 'One thing told to one receiver.',
})

export const callbackInFullSchema = Type.Object(
  {
    ...shown,
    payload: Type.Unknown({ description: 'What is sent: `{type, timestamp, data}`.' }),
    attempts: Type.Array(
      Type.Object(
        {
          number: Type.Integer(),
          startedAt: time('When it was sent.'),
          durationMs: Type.Integer(),
          status: nullable(Type.Integer({ description: 'null: no answer.' })),
          error: nullable(Type.String()),
          answer: nullable(Type.String({ description: "The beginning of the receiver's answer." })),
        },
        closed,
      ),
    ),
  },
  { $id: 'CallbackInFull', ...closed, description: 'A callback with its payload and every try.' },
)

export const callbackTestSchema = Type.Object(
  {
    ok: Type.Boolean(),
    problem: nullable(Type.String({ description: 'What to fix.' })),
    status: nullable(Type.Integer()),
    durationMs: Type.Integer(),
    answer: nullable(Type.String({ description: "The beginning of the receiver's answer." })),
  },
  { $id: 'CallbackTest', ...closed, description: 'What became of a test message.' },
)

export const callbackSecretSchema = Type.Object(
  {
    prefix: Type.String({ description: 'The first characters of the current secret.' }),
    createdAt: time('When the current secret was made.'),
    previousExpiresAt: nullable(time('Until then the secret before it signs as well.')),
  },
  { $id: 'CallbackSecret', ...closed, description: 'The secret that signs callbacks, without itself.' },
)

export const newCallbackSecretSchema = Type.Object(
  {
    ...callbackSecretSchema.properties,
    secret: Type.String({ description: '`whsec_…`: shown now and never again.' }),
  },
  { $id: 'NewCallbackSecret', ...closed, description: 'A new secret, with itself.' },
)
