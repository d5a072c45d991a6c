/** Per-client settings (archive, retention, weight and limit in the fair queue), stored as columns of the client. */
import type { Kysely } from 'kysely'
import { toUuid } from '../../../domain/ids.ts'
import type { ClientPolicies, ClientPolicy } from '../../../ports/client-policies.ts'
import type { Database } from '../rows/schema.ts'

const columns = [
  'archive_by_default',
  'keep_media_days',
  'keep_content_days',
  'keep_jobs_days',
  'turn_weight',
  'max_in_flight',
] as const

export function createClientPolicies(db: Kysely<Database>): ClientPolicies {
  return { get, change }

  async function get(clientId: string): Promise<ClientPolicy | null> {
    const uuid = toUuid('cli', clientId)
    if (uuid === null) return null
    const row = await db.selectFrom('client').select(columns).where('id', '=', uuid).executeTakeFirst()
    if (row === undefined) return null
    return {
      archiveByDefault: row.archive_by_default,
      keepMediaDays: row.keep_media_days,
      keepContentDays: row.keep_content_days,
      keepJobsDays: row.keep_jobs_days,
      turnWeight: row.turn_weight,
      maxInFlight: row.max_in_flight,
    }
  }

  async function change(clientId: string, policy: Partial<ClientPolicy>): Promise<ClientPolicy | null> {
    const uuid = toUuid('cli', clientId)
    if (uuid === null) return null
    const { archiveByDefault, keepMediaDays, keepContentDays, keepJobsDays, turnWeight, maxInFlight } = policy
    const patch = {
      ...(archiveByDefault === undefined ? {} : { archive_by_default: archiveByDefault }),
      ...(keepMediaDays === undefined ? {} : { keep_media_days: keepMediaDays }),
      ...(keepContentDays === undefined ? {} : { keep_content_days: keepContentDays }),
      ...(keepJobsDays === undefined ? {} : { keep_jobs_days: keepJobsDays }),
      ...(turnWeight === undefined ? {} : { turn_weight: turnWeight }),
      ...(maxInFlight === undefined ? {} : { max_in_flight: maxInFlight }),
    }
    if (Object.keys(patch).length > 0) {
      await db.updateTable('client').set(patch).where('id', '=', uuid).execute()
    }
    return get(clientId)
  }
}
