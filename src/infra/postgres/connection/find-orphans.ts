/**
 * Finds rows whose state requires a task but that have none, page by page, so that rows with a task cannot hide one
 * without. Safe beside live tasks.
 */
import { toId } from '../../../domain/ids.ts'
import type { TaskQueue } from '../../../ports/tasks.ts'
import { uuidOf } from '../rows/uuids.ts'
import type { StoreContext } from './store-context.ts'
import { inTransaction, plain, type Trx } from './transaction.ts'

/** Younger states still have the tasks that were scheduled with them. */
export const orphanGraceMs = 60_000

export interface OrphanSearch<Row extends { id: string }> {
  queue: TaskQueue
  /** Of the ids of tasks' subjects. */
  prefix: 'job' | 'cb'
  pageSize: number
  /** The candidates after `last` in a fixed order; null: the first ones. */
  page(last: Row | null): Promise<readonly Row[]>
  /** Locks those of the rows that are still candidates, and skips locked ones. */
  lock(trx: Trx, uuids: readonly string[]): Promise<readonly { id: string }[]>
  /** Gives locked rows without a task a new one. */
  adopt(trx: Trx, uuids: readonly string[]): Promise<void>
}

/** The UUIDs of the rows without a task, all of which were adopted. */
export async function findOrphans<Row extends { id: string }>(
  context: StoreContext,
  search: OrphanSearch<Row>,
): Promise<string[]> {
  const found: string[] = []
  let last: Row | null = null
  do {
    const rows: readonly Row[] = await search.page(last)
    found.push(...(await adoptOrphans(context, search, rows)))
    last = rows.length === search.pageSize ? (rows.at(-1) ?? null) : null
  } while (last !== null)
  return found
}

/**
 * The rows are locked before the tasks are read again: a task closes in one transaction with its row, so both are read
 * at one moment.
 */
async function adoptOrphans<Row extends { id: string }>(
  context: StoreContext,
  search: OrphanSearch<Row>,
  rows: readonly Row[],
): Promise<string[]> {
  const suspects = await withoutTask(context, search, plain(context.db), rows)
  if (suspects.length === 0) return []
  return inTransaction(context.db, async (trx) => {
    const locked = await search.lock(trx, suspects)
    const orphans = await withoutTask(context, search, plain(trx), locked)
    if (orphans.length > 0) await search.adopt(trx, orphans)
    return orphans
  })
}

async function withoutTask(
  { scheduler }: StoreContext,
  { queue, prefix }: Pick<OrphanSearch<{ id: string }>, 'queue' | 'prefix'>,
  transaction: ReturnType<typeof plain>,
  rows: readonly { id: string }[],
): Promise<string[]> {
  if (rows.length === 0) return []
  const subjects = rows.map(({ id }) => toId(prefix, id))
  const alone = await scheduler.withoutTask(transaction, queue, subjects)
  return alone.map((subject) => uuidOf(prefix, subject))
}
