/** Changes a job: locked row, facts decided on what it is now, transition and closing of the task in one transaction. */
import type { Decide, Recorded, RecordOptions } from '../../jobs/ports.ts'
import { jobOfRow, uuidOf } from './job-row.ts'
import { lockRequest, takeWaiting } from './parked-deliveries.ts'
import { announce, type StoreContext } from './store-context.ts'
import { inTransaction, plain } from './transaction.ts'
import { writeTransition } from './write-transition.ts'

export async function recordFacts(
  context: StoreContext,
  jobId: string,
  decide: Decide,
  options: RecordOptions,
): Promise<Recorded | null> {
  const uuid = uuidOf('job', jobId)
  const { closing, joinRequestId, source } = options
  const { recorded, queues } = await inTransaction(context.db, async (trx) => {
    // Before the row, as a delivery does: whoever locks in the other order would wait for each other for ever.
    if (joinRequestId !== undefined) await lockRequest(trx, joinRequestId)
    const row = await trx.selectFrom('job').selectAll().where('id', '=', uuid).forUpdate().executeTakeFirst()
    if (row === undefined) {
      if (closing !== undefined) await context.scheduler.close(plain(trx), closing)
      return { recorded: null, queues: [] }
    }
    const job = jobOfRow(row)
    const waiting = joinRequestId === undefined ? [] : await takeWaiting(trx, joinRequestId, uuid)
    const at = { source, now: context.clock.now(), poll: context.poll }
    const written = await writeTransition(trx, context, job, decide(job, waiting), at)
    if (closing !== undefined) await context.scheduler.close(plain(trx), closing)
    return {
      recorded: { job: written?.job ?? job, changed: written !== null, events: written?.events ?? [] },
      queues: written?.queues ?? [],
    }
  })
  if (recorded?.changed === true) announce(context, jobId, queues)
  return recorded
}
