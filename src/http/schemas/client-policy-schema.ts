/** What a client's jobs are subject to: archiving, retention, its turns at FAL; the shape is jobs/archive-ports.ts's. */
import { Type } from '@sinclair/typebox'
import { nullable } from './basic-schemas.ts'

const days = (what: string) =>
  nullable(
    Type.Integer({
      minimum: 1,
      maximum: 999_999,
      description: `Days after a job's end until ${what}; null: never.`,
    }),
  )

const rules = {
  archiveByDefault: Type.Boolean({
    description:
      'Whether the files of jobs that do not say are copied; in every replica within half a minute.',
  }),
  keepMediaDays: days('its archived files are removed'),
  keepContentDays: days('its prompt, input and result are removed'),
  keepJobsDays: days('only a tombstone is left'),
  turnWeight: Type.Number({
    minimum: 0.001,
    maximum: 1_000,
    description: 'Its share of the places at FAL beside other clients that wait; 1 is usual.',
  }),
  maxInFlight: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Most of its jobs at FAL at once; null: FAL_MAX_IN_FLIGHT_PER_CLIENT.',
    }),
  ),
}

export const clientPolicySchema = Type.Object(rules, {
  $id: 'ClientPolicy',
  additionalProperties: false,
  description: "A client's rules.",
})

export const changePolicyBody = Type.Partial(Type.Object(rules), {
  additionalProperties: false,
  minProperties: 1,
  description: 'What is left out stays as it is.',
})
