/**
 * Jobs by the state of their files, across clients, in pages that stay consistent while jobs are added and change.
 */
import type { Kysely } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import type { ArchiveIndex } from '../../../ports/archive-index.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import type { Database } from '../rows/schema.ts'
import { anyUuid, uuidOf } from '../rows/uuids.ts'

export function createArchiveIndex(db: Kysely<Database>): ArchiveIndex {
  return {
    async page(filter, { limit, after }) {
      let query = db
        .selectFrom('job')
        .select(jobColumns)
        .where('erased_at', 'is', null)
        .where('archive_status', 'in', [
          ...(filter.statuses ?? ['archived', 'failed', 'pending', 'disabled']),
        ])
        .orderBy('id')
        .limit(limit)
      if (after !== null) query = query.where('id', '>', uuidOf('job', after))
      if (filter.jobId !== undefined) query = query.where('id', '=', uuidOf('job', filter.jobId))
      if (filter.clientId !== undefined) query = query.where('client_id', '=', uuidOf('cli', filter.clientId))
      if (filter.since !== undefined) query = query.where('created_at', '>=', new Date(filter.since))
      if (filter.until !== undefined) query = query.where('created_at', '<', new Date(filter.until))
      return (await query.execute()).map(jobOfRow)
    },

    async jobs(ids) {
      if (ids.length === 0) return []
      const uuids = ids.map((id) => uuidOf('job', id))
      const rows = await db.selectFrom('job').select(jobColumns).where('id', '=', anyUuid(uuids)).execute()
      return rows.map(jobOfRow)
    },

    async knownClients(ids) {
      if (ids.length === 0) return new Set()
      const uuids = ids.map((id) => uuidOf('cli', id))
      const rows = await db.selectFrom('client').select('id').where('id', '=', anyUuid(uuids)).execute()
      return new Set(rows.map(({ id }) => toId('cli', id)))
    },
  }
}
