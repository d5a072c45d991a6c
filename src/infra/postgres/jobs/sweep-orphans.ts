/** Re-enqueues orphaned jobs: jobs whose state requires a task but that have none. Safe beside live tasks. */
import { v5 as uuidFrom } from 'uuid'
import { toId, toUuid } from '../../../domain/ids.ts'
import type { OrphanedWork } from '../../../ports/job-store.ts'
import { sweepOrphanedCallbacks } from '../callbacks/sweep-callbacks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain, type Trx } from '../connection/transaction.ts'
import { unmatchedJobs } from '../inbox/unmatched-deliveries.ts'
import { anyUuid } from '../rows/uuids.ts'

/** Younger states still have the tasks that were scheduled with them. */
const graceMs = 60_000
/** Each page is a transaction of its own; the rest follows with the next sweep. */
const mostUnmatched = 500

type Duty = 'submit' | 'sending' | 'archive'

/** Pages through all candidates, so that jobs with a task cannot hide one without. */
export async function sweepOrphanedJobs(
  context: StoreContext,
  pageSize: number,
  onlyFind: boolean,
): Promise<OrphanedWork> {
  const of = (duty: Duty) => walk(context, duty, { pageSize, onlyFind })
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

interface Place {
  id: string
  at: Date
}

/** The sort column of each duty's index. */
const order = { submit: 'created_at', archive: 'created_at', sending: 'updated_at' } as const

async function walk(
  context: StoreContext,
  duty: Duty,
  { pageSize, onlyFind }: { pageSize: number; onlyFind: boolean },
): Promise<string[]> {
  const before = new Date(context.clock.now() - graceMs)
  const found: string[] = []
  let last: Place | null = null
  do {
    const rows: Place[] = await page(context, duty, { before, last, pageSize })
    if (rows.length > 0) found.push(...(await orphans(context, duty, { rows, onlyFind })))
    last = rows.length === pageSize ? (rows.at(-1) ?? null) : null
  } while (last !== null)
  return found
}

async function page(
  context: StoreContext,
  duty: Duty,
  { before, last, pageSize }: { before: Date; last: Place | null; pageSize: number },
): Promise<Place[]> {
  let query = candidates(context.db, duty)
    .where('updated_at', '<', before)
    .orderBy(order[duty])
    .orderBy('id')
    .limit(pageSize)
  if (last !== null) {
    const { id, at } = last
    query = query.where((or) => or(or.refTuple(order[duty], 'id'), '>', or.tuple(at, id)))
  }
  return query.select(['id', `${order[duty]} as at`]).execute()
}

/** A job that waits for a slot has no task yet. */
function candidates(db: Pick<Trx, 'selectFrom'>, duty: Duty) {
  const jobs = db.selectFrom('job')
  if (duty === 'archive') return jobs.where('archive_status', '=', 'pending')
  if (duty === 'sending') return jobs.where('submission', '=', 'sending')
  return jobs
    .where('status', '=', 'pending')
    .where('submission', '=', 'unsent')
    .where((or) => or.or([or('turn', 'is', null), or('turn', '<>', 'waiting')]))
}

/**
 * Schedules the orphaned jobs of the page. The rows are locked before the tasks are read: a task closes in one
 * transaction with its job's row, so both are read at one moment.
 */
async function orphans(
  context: StoreContext,
  duty: Duty,
  { rows, onlyFind }: { rows: Place[]; onlyFind: boolean },
): Promise<string[]> {
  const queue = duty === 'archive' ? 'archive' : 'submit'
  const suspects = await context.scheduler.withoutTask(
    plainOf(context),
    queue,
    rows.map(({ id }) => toJobId(id)),
  )
  if (suspects.length === 0) return []
  return inTransaction(context.db, async (trx) => {
    const locked = await candidates(trx, duty)
      .where('id', '=', anyUuid(suspects.map(toJobUuid)))
      .select('id')
      .forUpdate()
      .skipLocked()
      .execute()
    if (locked.length === 0) return []
    const alone = await context.scheduler.withoutTask(
      plain(trx),
      queue,
      locked.map(({ id }) => toJobId(id)),
    )
    if (duty !== 'sending' && alone.length > 0 && !onlyFind) {
      // Concurrent sweeps derive the same task id within one grace period, so only one task is scheduled.
      const period = Math.floor(context.clock.now() / graceMs)
      const id = (subject: string) => uuidFrom(`${queue}:orphan:${period}`, toJobUuid(subject))
      await context.scheduler.schedule(
        plain(trx),
        alone.map((subject) => ({ queue, id: id(subject), subject })),
      )
    }
    return alone.map(toJobUuid)
  })
}

const plainOf = ({ db }: StoreContext) => plain(db)
const toJobId = (uuid: string): string => toId('job', uuid)

function toJobUuid(id: string): string {
  const uuid = toUuid('job', id)
  if (uuid === null) throw new TypeError(`a task names ${id}, which is no job`)
  return uuid
}
