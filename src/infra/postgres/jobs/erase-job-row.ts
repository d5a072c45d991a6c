/** Empties everything the database holds of a job but its tombstone, in the transaction that records the erasure. */
import type { Fact } from '../../../domain/facts.ts'
import { toId } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { Recorded } from '../../../ports/job-store.ts'
import { announce, type StoreContext } from '../connection/store-context.ts'
import { inTransaction, type Trx } from '../connection/transaction.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { uuidOf } from '../rows/uuids.ts'
import { writeTransition } from '../transition/write-transitions.ts'

/** null when there is nothing to erase: no such job, live, or erased before. */
export function eraseJob(
  context: StoreContext,
  jobId: string,
  plan: { keysOf: (job: Job) => string[]; answerOf: (tombstone: Job) => string },
): Promise<Recorded | null> {
  return recordWith(context, jobId, {
    source: 'api',
    factOf: (job) => ({ type: 'erased', keys: plan.keysOf(job) }),
    async alsoWrite(trx, { id, requestId }, tombstone) {
      await emptyRest(trx, uuidOf('job', id), requestId)
      await answerReplays(trx, uuidOf('job', id), plan.answerOf(tombstone))
    },
  })
}

/** null when it was recorded before. */
export function recordObjectsErased(
  context: StoreContext,
  jobId: string,
  plan: { answerOf: (tombstone: Job) => string },
): Promise<Recorded | null> {
  return recordWith(context, jobId, {
    source: 'system',
    factOf: () => ({ type: 'objects_erased' }),
    alsoWrite: (trx, { id }, tombstone) => answerReplays(trx, uuidOf('job', id), plan.answerOf(tombstone)),
  })
}

interface Change {
  source: 'api' | 'system'
  factOf: (job: Job) => Fact
  /** In the same transaction. */
  alsoWrite: (trx: Trx, before: Job, after: Job) => Promise<void>
}

async function recordWith(context: StoreContext, jobId: string, change: Change): Promise<Recorded | null> {
  const uuid = uuidOf('job', jobId)
  const { recorded, queues } = await inTransaction(context.db, async (trx) => {
    const row = await trx.selectFrom('job').selectAll().where('id', '=', uuid).forUpdate().executeTakeFirst()
    if (row === undefined) return { recorded: null, queues: [] }
    const job = jobOfRow(row)
    const at = { source: change.source, now: context.clock.now(), poll: context.poll }
    const written = await writeTransition(trx, context, job, [change.factOf(job)], at)
    if (written === null) return { recorded: null, queues: [] }
    await change.alsoWrite(trx, job, written.job)
    return { recorded: { job: written.job, changed: true, events: written.events }, queues: written.queues }
  })
  if (recorded !== null) announce(context, toId('job', uuid), queues)
  return recorded
}

/** A replayed create shows the tombstone. */
async function answerReplays(trx: Trx, uuid: string, answer: string): Promise<void> {
  await trx.updateTable('idempotency').set({ body: answer }).where('job_id', '=', uuid).execute()
}

/** Inbox rows keep their hash, so that a repeated delivery is still known. */
async function emptyRest(trx: Trx, uuid: string, requestId: string | null): Promise<void> {
  await trx.updateTable('job_event').set({ data: '{}' }).where('job_id', '=', uuid).execute()
  await trx.deleteFrom('callback').where('job_id', '=', uuid).execute()
  const emptied = trx.updateTable('webhook_delivery').set({ body: Buffer.alloc(0), state: 'applied' })
  await emptied.where('job_id', '=', uuid).execute()
  if (requestId !== null) await emptied.where('request_id', '=', requestId).execute()
}
