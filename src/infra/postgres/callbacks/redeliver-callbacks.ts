/** Redelivers one callback or a range: the same message under the same id, from the start of the schedule. */
import { sql } from 'kysely'
import { v7 as newUuid } from 'uuid'
import { AppError } from '../../../domain/errors.ts'
import { toId, toUuid } from '../../../domain/ids.ts'
import type { CallbackHead, CallbackStore } from '../../../ports/callbacks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain, type Trx } from '../connection/transaction.ts'
import { callbackHeadColumns, callbackHeadOfRow, erasedPayload } from '../rows/callback-row.ts'
import { cursorOf, uuidOfCursor } from '../rows/cursor.ts'
import { uuidOf } from '../rows/uuids.ts'
import { callbackTaskId } from '../transition/insert-callbacks.ts'

export async function redeliver(
  context: StoreContext,
  clientId: string,
  id: string,
): Promise<CallbackHead | null> {
  const uuid = toUuid('cb', id)
  if (uuid === null) return null
  const callback = await inTransaction(context.db, async (trx) => {
    const row = await trx
      .selectFrom('callback')
      .select(['id', sql<boolean>`payload = ${erasedPayload}`.as('is_emptied')])
      .where('id', '=', uuid)
      .where('client_id', '=', uuidOf('cli', clientId))
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) return null
    if (row.is_emptied) {
      throw new AppError('NOT_FOUND', 'The content of this callback was erased.')
    }
    await restart(context, trx, [row.id])
    const restarted = trx.selectFrom('callback').select(callbackHeadColumns).where('id', '=', row.id)
    return callbackHeadOfRow(await restarted.executeTakeFirstOrThrow())
  })
  if (callback !== null) context.scheduler.wake(['callback'])
  return callback
}

export async function redeliverRange(
  context: StoreContext,
  clientId: string,
  range: Parameters<CallbackStore['redeliverRange']>[1],
): ReturnType<CallbackStore['redeliverRange']> {
  const { cursor, limit } = range
  const uuids = await inTransaction(context.db, async (trx) => {
    let due = trx
      .selectFrom('callback')
      .select('id')
      .where('client_id', '=', uuidOf('cli', clientId))
      .where('state', '=', range.state)
      .where('payload', '<>', erasedPayload)
      .where('created_at', '>=', new Date(range.since))
      .where('created_at', '<', new Date(range.until))
    if (cursor !== null) due = due.where('id', '>', uuidOfCursor(cursor, '/cursor'))
    const rows = await due.orderBy('id').limit(limit).forUpdate().execute()
    const found = rows.map((row) => row.id)
    await restart(context, trx, found)
    return found
  })
  if (uuids.length > 0) context.scheduler.wake(['callback'])
  const last = uuids.at(-1)
  const mayBeMore = uuids.length === limit && last !== undefined
  return { count: uuids.length, nextCursor: mayBeMore ? cursorOf(last) : null }
}

/** Gives locked callbacks a new task; an older task then finds that it is outdated. */
export async function restart(
  context: StoreContext,
  trx: Trx,
  uuids: readonly string[],
  again = true,
): Promise<void> {
  if (uuids.length === 0) return
  const cause = newUuid()
  const tasks = uuids.map((uuid) => callbackTaskId(uuid, cause))
  await sql`
    update callback
    set state = 'pending', task_id = due.task_id, next_attempt_at = ${new Date(context.clock.now())},
        round_attempts = case when ${again} then 0 else round_attempts end,
        asked_again = asked_again or ${again},
        delivered_at = null
    from unnest(${[...uuids]}::uuid[], ${tasks}::uuid[]) as due (id, task_id)
    where callback.id = due.id`.execute(trx)
  await context.scheduler.schedule(
    plain(trx),
    uuids.map((uuid, index) => ({
      queue: 'callback',
      id: tasks[index] ?? callbackTaskId(uuid, cause),
      subject: toId('cb', uuid),
    })),
  )
}
