/** Empties everything the database holds of a job but its tombstone, in the transaction that records the erasure. */
import { toId } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { Recorded } from '../../../ports/job-store.ts'
import { announce, type StoreContext } from '../connection/store-context.ts'
import { inTransaction, type Trx } from '../connection/transaction.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { uuidOf } from '../rows/uuids.ts'
import { writeTransition } from '../transition/write-transitions.ts'

/** null when there is no such job; `changed` is false when it is live or was erased before. */
export async function eraseJob(
  context: StoreContext,
  jobId: string,
  plan: { keysOf: (job: Job) => string[]; answerOf: (tombstone: Job) => string },
): Promise<Recorded | null> {
  const uuid = uuidOf('job', jobId)
  const { recorded, queues } = await inTransaction(context.db, async (trx) => {
    const row = await trx.selectFrom('job').selectAll().where('id', '=', uuid).forUpdate().executeTakeFirst()
    if (row === undefined) return { recorded: null, queues: [] }
    const job = jobOfRow(row)
    const at = { source: 'api' as const, now: context.clock.now(), poll: context.poll }
    const facts = [{ type: 'erased' as const, keys: plan.keysOf(job) }]
    const written = await writeTransition(trx, context, job, facts, at)
    if (written === null) return { recorded: null, queues: [] }
    await emptyRest(trx, uuid, job.requestId, plan.answerOf(written.job))
    return { recorded: { job: written.job, changed: true, events: written.events }, queues: written.queues }
  })
  if (recorded !== null) announce(context, toId('job', uuid), queues)
  return recorded
}

/** Inbox rows keep their hash, so that a repeated delivery is still known; a replayed create shows the tombstone. */
async function emptyRest(trx: Trx, uuid: string, requestId: string | null, answer: string): Promise<void> {
  await trx.updateTable('job_event').set({ data: '{}' }).where('job_id', '=', uuid).execute()
  await trx.deleteFrom('callback').where('job_id', '=', uuid).execute()
  await trx.updateTable('idempotency').set({ body: answer }).where('job_id', '=', uuid).execute()
  const emptied = trx.updateTable('webhook_delivery').set({ body: Buffer.alloc(0), state: 'applied' })
  await emptied.where('job_id', '=', uuid).execute()
  if (requestId !== null) await emptied.where('request_id', '=', requestId).execute()
}
