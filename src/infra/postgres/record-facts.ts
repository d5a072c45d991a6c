/**
 * Changes jobs: locked rows, facts decided on what each job is now, transition and closing of the task in one
 * transaction. Changes of different jobs that arrive together share it.
 */
import { sql } from 'kysely'
import type { Decide, JobStore, Recorded, RecordOptions, Task, WaitingDelivery } from '../../jobs/ports.ts'
import { createGroupCommit } from './group-commit.ts'
import { jobColumns, jobOfRow, uuidOf } from './job-row.ts'
import { lockRequests, takeWaiting } from './parked-deliveries.ts'
import { inSharedTransaction } from './shared-transaction.ts'
import { announce, type StoreContext } from './store-context.ts'
import { plain, type Trx } from './transaction.ts'
import { type ToWrite, type Written, writeTransitions } from './write-transitions.ts'

interface Item {
  jobId: string
  decide: Decide
  options: RecordOptions
}

export function createFactRecorder(context: StoreContext): JobStore['record'] {
  const share = createGroupCommit<Item, Recorded | null>({
    write: (items) => recordTogether(context, items),
    keyOf: ({ jobId }) => jobId,
    itemsAtMost: 64,
    lanes: 4,
  })
  return (jobId, decide, options) => share({ jobId, decide, options })
}

async function recordTogether(context: StoreContext, items: readonly Item[]): Promise<(Recorded | null)[]> {
  const written = await inSharedTransaction(context.db, async (trx) => {
    const joins = items.flatMap(({ jobId, options }) =>
      options.joinRequestId === undefined ? [] : [{ jobId, requestId: options.joinRequestId }],
    )
    // Before the rows, as a delivery does: whoever locks in the other order would wait for each other for ever.
    await lockRequests(
      trx,
      joins.map(({ requestId }) => requestId),
    )
    const jobs = await lockJobs(
      trx,
      items.map(({ jobId }) => jobId),
    )
    const waiting = await takeWaiting(
      trx,
      joins.filter(({ jobId }) => jobs.has(jobId)),
    )
    const decided = items.map((item) => ({
      item,
      toWrite: toWriteOf(context, item, jobs.get(item.jobId), waiting),
    }))
    const changes = await writeTransitions(
      trx,
      context,
      decided.flatMap(({ toWrite }) => (toWrite === null ? [] : [toWrite])),
    )
    await closeTasks(
      context,
      trx,
      items.flatMap(({ options }) => options.closing ?? []),
    )
    return decided.map(({ toWrite }) =>
      toWrite === null ? null : { before: toWrite.job, change: changes.shift() ?? null },
    )
  })
  return written.map((entry) => (entry === null ? null : answerOf(context, entry.before, entry.change)))
}

function toWriteOf(
  context: StoreContext,
  { jobId, decide, options }: Item,
  job: ToWrite['job'] | undefined,
  waiting: ReadonlyMap<string, WaitingDelivery[]>,
): ToWrite | null {
  if (job === undefined) return null
  const facts = decide(job, waiting.get(jobId) ?? [])
  return { job, facts, context: { source: options.source, now: context.clock.now(), poll: context.poll } }
}

function answerOf(context: StoreContext, before: ToWrite['job'], change: Written | null): Recorded {
  if (change === null) return { job: before, changed: false, events: [] }
  announce(context, before.id, change.queues)
  return { job: change.job, changed: true, events: change.events }
}

/** The jobs that exist, locked in the order of their ids, so that two groups never wait for each other. */
async function lockJobs(trx: Trx, ids: readonly string[]): Promise<Map<string, ToWrite['job']>> {
  const uuids = ids.map((id) => uuidOf('job', id))
  const rows = await trx
    .selectFrom('job')
    .select(jobColumns)
    .where((where) => where('id', '=', sql<string>`any(${uuids}::uuid[])`))
    .orderBy('id')
    .forUpdate()
    .execute()
  return new Map(rows.map((row) => jobOfRow(row)).map((job) => [job.id, job]))
}

async function closeTasks(context: StoreContext, trx: Trx, tasks: readonly Task[]): Promise<void> {
  if (tasks.length > 0) await context.scheduler.close(plain(trx), tasks)
}
