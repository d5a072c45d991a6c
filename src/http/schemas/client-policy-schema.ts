/**
 * Per-client settings: archiving, retention, weight and limit in the fair queue; the shape is that of
 * ports/client-policies.ts.
 */
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
      'Whether files are archived when the create does not say; effective in every replica within half a minute.',
  }),
  keepMediaDays: days('its archived files are removed'),
  keepContentDays: days('its prompt, input and result are removed'),
  keepJobsDays: days('only a tombstone is left'),
  turnWeight: Type.Number({
    minimum: 0.001,
    maximum: 1_000,
    description: 'Its weight in the fair queue for FAL slots; 1 is normal.',
  }),
  maxInFlight: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Maximum jobs at FAL at once; null: FAL_MAX_IN_FLIGHT_PER_CLIENT.',
    }),
  ),
}

export const clientPolicySchema = Type.Object(rules, {
  $id: 'ClientPolicy',
  additionalProperties: false,
  description: "A client's settings.",
})

export const changePolicyBody = Type.Partial(Type.Object(rules), {
  additionalProperties: false,
  minProperties: 1,
  description: 'Omitted fields stay as they are.',
})
