/** Finds jobs past their client's retention, and erases the content of a job in every table that repeats it. */
import { sql } from 'kysely'
import { foldFacts } from '../../../domain/transition/fold.ts'
import type { Aged, RetentionStore } from '../../../ports/maintenance/retention.ts'
import { announce, type StoreContext, transitionContext } from '../connection/store-context.ts'
import type { Trx } from '../connection/transaction.ts'
import { erasedPayload } from '../rows/callback-row.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { uuidOf } from '../rows/uuids.ts'
import { withLockedJob } from '../transition/lock-jobs.ts'
import { writeChange } from '../transition/write-changes.ts'

const keepColumn = { media: 'keep_media_days', content: 'keep_content_days', job: 'keep_jobs_days' } as const

export function createRetentionStore(context: StoreContext): RetentionStore {
  return {
    async aged(what: Aged, limit) {
      const keep = keepColumn[what]
      let query = context.db
        .selectFrom('job')
        .innerJoin('client', 'client.id', 'job.client_id')
        .select(jobColumns)
        .where(`client.${keep}`, 'is not', null)
        .where('job.erased_at', 'is', null)
        .where(
          sql<boolean>`job.completed_at < ${new Date(context.clock.now())}::timestamptz - make_interval(days => ${sql.ref(`client.${keep}`)})`,
        )
        // A running copy is excluded.
        .where('job.archive_status', '<>', 'pending')
        .orderBy('job.completed_at')
        .limit(limit)
      if (what === 'media') query = query.where('job.archive_status', '<>', 'none')
      if (what === 'content') query = query.where('job.content_erased_at', 'is', null)
      return (await query.execute()).map(jobOfRow)
    },

    async eraseContent(jobId) {
      const isErased = await withLockedJob(context, jobId, async (trx, job) => {
        const change = foldFacts(job, [{ type: 'content_erased' }], transitionContext(context, 'system'))
        if (change === null) return false
        await writeChange(trx, context, change)
        await emptyCopies(trx, uuidOf('job', jobId))
        return true
      })
      if (isErased === true) announce(context, jobId, [])
      return isErased === true
    },
  }
}

/** The copies of the content: inbox, callbacks, and stored answers of creates. */
async function emptyCopies(trx: Trx, uuid: string): Promise<void> {
  await trx
    .updateTable('webhook_delivery')
    .set({ body: Buffer.alloc(0) })
    .where('job_id', '=', uuid)
    .execute()
  await trx
    .updateTable('callback')
    .set({ payload: erasedPayload })
    .where('job_id', '=', uuid)
    .where('state', '<>', 'pending')
    .execute()
  await trx.deleteFrom('idempotency').where('job_id', '=', uuid).execute()
}
