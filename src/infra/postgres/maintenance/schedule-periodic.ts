/**
 * Periodic tasks without a leader: every replica schedules the task of the current period under the same id, so it
 * runs once.
 */
import { v5 as uuidFrom } from 'uuid'
import type { TaskQueue } from '../../../ports/tasks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain } from '../connection/transaction.ts'

/** Namespace of the ids of periodic tasks; an arbitrary constant. */
const namespace = '2c0f3b0e-6a0f-4a55-9c56-0d4a1f7b7a11'

export async function schedulePeriodic(
  context: Pick<StoreContext, 'db' | 'scheduler' | 'clock'>,
  queue: TaskQueue,
  everyMs: number,
): Promise<void> {
  const period = Math.floor(context.clock.now() / everyMs)
  const task = { queue, id: uuidFrom(`${queue}:${period}`, namespace), subject: '' }
  await inTransaction(context.db, (trx) => context.scheduler.schedule(plain(trx), [task]))
  context.scheduler.wake([queue])
}
