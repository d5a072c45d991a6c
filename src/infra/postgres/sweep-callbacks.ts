/** Belt and braces for callbacks: one that is due but that no task attends gets a new task. */
import { toId, toUuid } from '../../domain/ids.ts'
import type { StoreContext } from './job-store.ts'
import { restart } from './redeliver-callbacks.ts'
import { inTransaction, plain } from './transaction.ts'

/** Younger ones are left to the tasks that were sent with them. */
const graceMs = 60_000

/** Returns how many were found. Replicas sweep at the same time: rows that one of them holds the others skip. */
export async function sweepOrphanedCallbacks(context: StoreContext, limit: number): Promise<number> {
  const found = await inTransaction(context.db, async (trx) => {
    const rows = await trx
      .selectFrom('callback')
      .select('id')
      .where('state', '=', 'pending')
      .where('next_attempt_at', '<', new Date(context.clock.now() - graceMs))
      .orderBy('next_attempt_at')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute()
    if (rows.length === 0) return 0
    const ids = rows.map((row) => toId('cb', row.id))
    const alone = await context.scheduler.unattended(plain(trx), 'callback', ids)
    const uuids = alone.flatMap((id) => toUuid('cb', id) ?? [])
    await restart(context, trx, uuids, false)
    return uuids.length
  })
  if (found > 0) context.scheduler.wake(['callback'])
  return found
}
