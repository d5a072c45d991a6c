/** Re-enqueues orphaned callbacks: those that are due but have no task. */
import { toId, toUuid } from '../../../domain/ids.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain, type Trx } from '../connection/transaction.ts'
import { anyUuid } from '../rows/uuids.ts'
import { restart } from './redeliver-callbacks.ts'

/** Younger ones still have the tasks that were scheduled with them. */
const graceMs = 60_000

/**
 * Pages through all overdue callbacks, so that those with a task cannot hide one without; returns the number of
 * orphaned ones.
 */
export async function sweepOrphanedCallbacks(context: StoreContext, pageSize: number): Promise<number> {
  const before = new Date(context.clock.now() - graceMs)
  let found = 0
  let last = ''
  for (;;) {
    let query = overdue(context.db, before).orderBy('id').limit(pageSize)
    if (last !== '') query = query.where('id', '>', last)
    const rows = await query.select('id').execute()
    found += await adopt(
      context,
      before,
      rows.map((row) => row.id),
    )
    last = rows.at(-1)?.id ?? ''
    if (rows.length < pageSize) break
  }
  if (found > 0) context.scheduler.wake(['callback'])
  return found
}

const overdue = (db: Pick<Trx, 'selectFrom'>, before: Date) =>
  db.selectFrom('callback').where('state', '=', 'pending').where('next_attempt_at', '<', before)

/**
 * Lock the rows before reading the tasks: a task closes together with its callback's row, so both are read at one
 * moment.
 */
async function adopt(context: StoreContext, before: Date, uuids: string[]): Promise<number> {
  const suspects = await withoutTask(context, plain(context.db), uuids)
  if (suspects.length === 0) return 0
  return inTransaction(context.db, async (trx) => {
    const rows = await overdue(trx, before)
      .where('id', '=', anyUuid(suspects))
      .select('id')
      .forUpdate()
      .skipLocked()
      .execute()
    const alone = await withoutTask(
      context,
      plain(trx),
      rows.map((row) => row.id),
    )
    await restart(context, trx, alone, false)
    return alone.length
  })
}

async function withoutTask(
  { scheduler }: StoreContext,
  tx: ReturnType<typeof plain>,
  uuids: string[],
): Promise<string[]> {
  if (uuids.length === 0) return []
  const ids = uuids.map((uuid) => toId('cb', uuid))
  const alone = await scheduler.withoutTask(tx, 'callback', ids)
  return alone.flatMap((id) => toUuid('cb', id) ?? [])
}
