/** Re-enqueues orphaned jobs: jobs whose state requires a task but that have none. Safe beside live tasks. */
import { v5 as uuidFrom } from 'uuid'
import { toId } from '../../../domain/ids.ts'
import { type Duty, type RequiredTask, requiredTasks } from '../../../domain/required-task.ts'
import type { OrphanedWork } from '../../../ports/job-store.ts'
import { sweepOrphanedCallbacks } from '../callbacks/sweep-callbacks.ts'
import { findOrphans, orphanGraceMs } from '../connection/find-orphans.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { plain, type Trx } from '../connection/transaction.ts'
import { unmatchedJobs } from '../inbox/unmatched-deliveries.ts'
import { anyUuid } from '../rows/uuids.ts'

/** Each page is a transaction of its own; the rest follows with the next sweep. */
const mostUnmatched = 500

export async function sweepOrphanedJobs(
  context: StoreContext,
  pageSize: number,
  onlyFind: boolean,
): Promise<OrphanedWork> {
  const of = (duty: Duty) => orphansOf(context, duty, { pageSize, onlyFind })
  const submits = await of('submit')
  const archives = await of('archive')
  const senders = await of('sending')
  const callbacks = onlyFind ? 0 : await sweepOrphanedCallbacks(context, 500)
  if (submits.length > 0 && !onlyFind) context.scheduler.wake(['submit'])
  if (archives.length > 0 && !onlyFind) context.scheduler.wake(['archive'])
  return {
    scheduled: [...submits, ...archives].map(toJobId),
    callbacks,
    interrupted: senders.map(toJobId),
    unmatched: await unmatchedJobs(context, Math.min(pageSize, mostUnmatched)),
  }
}

interface Candidate {
  id: string
  at: Date
}

/** The sort column of each duty's index. */
const order = { submit: 'created_at', archive: 'created_at', sending: 'updated_at' } as const

function orphansOf(
  context: StoreContext,
  duty: Duty,
  { pageSize, onlyFind }: { pageSize: number; onlyFind: boolean },
): Promise<string[]> {
  const before = new Date(context.clock.now() - orphanGraceMs)
  const { queue, ...rule }: RequiredTask = requiredTasks[duty]
  return findOrphans<Candidate>(context, {
    queue,
    prefix: 'job',
    pageSize,
    page(last) {
      const query = candidates(context.db, duty)
        .where('updated_at', '<', before)
        .orderBy(order[duty])
        .orderBy('id')
        .limit(pageSize)
        .select(['id', `${order[duty]} as at`])
      if (last === null) return query.execute()
      return query
        .where((or) => or(or.refTuple(order[duty], 'id'), '>', or.tuple(last.at, last.id)))
        .execute()
    },
    lock: (trx, uuids) =>
      candidates(trx, duty).where('id', '=', anyUuid(uuids)).select('id').forUpdate().skipLocked().execute(),
    async adopt(trx, uuids) {
      if (rule.isJudged === true || onlyFind) return
      // Concurrent sweeps derive the same task id within one grace period, so only one task is scheduled.
      const period = Math.floor(context.clock.now() / orphanGraceMs)
      const id = (uuid: string) => uuidFrom(`${queue}:orphan:${period}`, uuid)
      await context.scheduler.schedule(
        plain(trx),
        uuids.map((uuid) => ({ queue, id: id(uuid), subject: toJobId(uuid) })),
      )
    },
  })
}

function candidates(db: Pick<Trx, 'selectFrom'>, duty: Duty) {
  const { state, unlessTurn }: RequiredTask = requiredTasks[duty]
  let jobs = db.selectFrom('job')
  if (state.status !== undefined) jobs = jobs.where('status', '=', state.status)
  if (state.submission !== undefined) jobs = jobs.where('submission', '=', state.submission)
  if (state.archiveStatus !== undefined) jobs = jobs.where('archive_status', '=', state.archiveStatus)
  if (unlessTurn === undefined) return jobs
  return jobs.where((or) => or.or([or('turn', 'is', null), or('turn', '<>', unlessTurn)]))
}

const toJobId = (uuid: string): string => toId('job', uuid)
