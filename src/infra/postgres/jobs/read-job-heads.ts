/** For those who wait: how far many jobs have come in one read, and an earlier look at those that somebody watches. */
import type { Kysely } from 'kysely'
import { toId, toUuid } from '../../../domain/ids.ts'
import type { JobHead } from '../../../ports/job-store.ts'
import type { StoreContext } from '../connection/store-context.ts'
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

/** Only ever brings the next look forward; the sweep moves it on again, so replicas that ask together cause one look. */
export async function pollEarly(
  context: StoreContext,
  ids: readonly string[],
  options: { delayMs: number; submittedBefore: number },
): Promise<void> {
  const uuids = uuidsOf(ids)
  if (uuids.length === 0) return
  const at = new Date(context.clock.now() + options.delayMs)
  await context.db
    .updateTable('job')
    .set({ next_poll_at: at })
    .where('id', '=', anyUuid(uuids))
    .where('status', '=', 'running')
    .where('submitted_at', '<', new Date(options.submittedBefore))
    .where('next_poll_at', '>', at)
    .execute()
}

const uuidsOf = (ids: readonly string[]): string[] =>
  ids.flatMap((id) => {
    const uuid = toUuid('job', id)
    return uuid === null ? [] : [uuid]
  })
