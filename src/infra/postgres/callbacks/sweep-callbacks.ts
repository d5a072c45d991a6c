/** Re-enqueues orphaned callbacks: those that are due but have no task. */
import { findOrphans, orphanGraceMs } from '../connection/find-orphans.ts'
import type { StoreContext } from '../connection/store-context.ts'
import type { Trx } from '../connection/transaction.ts'
import { anyUuid } from '../rows/uuids.ts'
import { restart } from './redeliver-callbacks.ts'

/** Returns the number of orphaned callbacks. */
export async function sweepOrphanedCallbacks(context: StoreContext, pageSize: number): Promise<number> {
  const before = new Date(context.clock.now() - orphanGraceMs)
  const orphans = await findOrphans<{ id: string }>(context, {
    queue: 'callback',
    prefix: 'cb',
    pageSize,
    page(last) {
      const query = overdue(context.db, before).orderBy('id').limit(pageSize).select('id')
      return (last === null ? query : query.where('id', '>', last.id)).execute()
    },
    lock: (trx, uuids) =>
      overdue(trx, before).where('id', '=', anyUuid(uuids)).select('id').forUpdate().skipLocked().execute(),
    adopt: (trx, uuids) => restart(context, trx, uuids, false),
  })
  if (orphans.length > 0) context.scheduler.wake(['callback'])
  return orphans.length
}

const overdue = (db: Pick<Trx, 'selectFrom'>, before: Date) =>
  db.selectFrom('callback').where('state', '=', 'pending').where('next_attempt_at', '<', before)
