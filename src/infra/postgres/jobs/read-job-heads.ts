/** Reads the heads of many jobs in one query, for the long polls and streams that follow them. */
import type { Kysely } from 'kysely'
import { toId, toUuid } from '../../../domain/ids.ts'
import type { JobHead } from '../../../ports/job-store.ts'
import type { Database } from '../rows/schema.ts'
import { anyUuid } from '../rows/uuids.ts'

export async function headsOf(db: Kysely<Database>, ids: readonly string[]): Promise<JobHead[]> {
  const uuids = uuidsOf(ids)
  if (uuids.length === 0) return []
  const rows = await db
    .selectFrom('job')
    .select(['id', 'status', 'archive_status', 'event_seq', 'submitted_at', 'expected_seconds'])
    .where('id', '=', anyUuid(uuids))
    .execute()
  return rows.map((row) => ({
    id: toId('job', row.id),
    status: row.status,
    archiveStatus: row.archive_status,
    eventSeq: row.event_seq,
    submittedAt: row.submitted_at?.getTime() ?? null,
    expectedSeconds: row.expected_seconds,
  }))
}

const uuidsOf = (ids: readonly string[]): string[] => ids.flatMap((id) => toUuid('job', id) ?? [])
