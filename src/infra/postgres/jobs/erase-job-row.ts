/**
 * Erases everything the database holds of a job except its tombstone, in the transaction that records the erasure.
 */
import type { Fact } from '../../../domain/facts.ts'
import type { Job } from '../../../domain/job.ts'
import { foldFacts } from '../../../domain/transition/fold.ts'
import type { Recorded } from '../../../ports/job-store.ts'
import { announce, type StoreContext, transitionContext } from '../connection/store-context.ts'
import type { Trx } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'
import { withLockedJob } from '../transition/lock-jobs.ts'
import { writeChange } from '../transition/write-changes.ts'

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

interface Erasure {
  source: 'api' | 'system'
  factOf: (job: Job) => Fact
  /** In the same transaction. */
  alsoWrite: (trx: Trx, before: Job, after: Job) => Promise<void>
}

async function recordWith(
  context: StoreContext,
  jobId: string,
  { source, factOf, alsoWrite }: Erasure,
): Promise<Recorded | null> {
  const written = await withLockedJob(context, jobId, async (trx, job) => {
    const change = foldFacts(job, [factOf(job)], transitionContext(context, source))
    if (change === null) return null
    const written = await writeChange(trx, context, change)
    await alsoWrite(trx, job, change.after)
    return written
  })
  if (written === null) return null
  const { job, events, queues } = written
  announce(context, job.id, queues)
  return { job, changed: true, events }
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
