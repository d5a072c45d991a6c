/** The store of callbacks on PostgreSQL: reads are here, each writing verb in a file of its own. */
import { toUuid } from '../../../domain/ids.ts'
import type { CallbackStore } from '../../../ports/callbacks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { attemptOfRow, callbackHeadColumns, callbackHeadOfRow, callbackOfRow } from '../rows/callback-row.ts'
import { cursorOf, uuidOfCursor } from '../rows/cursor.ts'
import { uuidOf } from '../rows/uuids.ts'
import { rotateSecret, signingSecrets } from './callback-secrets.ts'
import { redeliver, redeliverRange } from './redeliver-callbacks.ts'
import { closeTask, deferCallback, settleCallback } from './settle-callback.ts'

export function createCallbackStore(context: StoreContext): CallbackStore {
  const { db } = context
  return {
    async get(id) {
      const uuid = toUuid('cb', id)
      if (uuid === null) return null
      const row = await db.selectFrom('callback').selectAll().where('id', '=', uuid).executeTakeFirst()
      return row === undefined ? null : callbackOfRow(row)
    },

    async attempts(id) {
      const rows = await db
        .selectFrom('callback_attempt')
        .selectAll()
        .where('callback_id', '=', uuidOf('cb', id))
        .orderBy('number')
        .execute()
      return rows.map(attemptOfRow)
    },

    async list(filter, page) {
      let query = db
        .selectFrom('callback')
        .select(callbackHeadColumns)
        .where('client_id', '=', uuidOf('cli', filter.clientId))
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
      if (page.cursor !== null) query = query.where('id', '<', uuidOfCursor(page.cursor))
      if (filter.state !== undefined) query = query.where('state', '=', filter.state)
      if (filter.jobId !== undefined) {
        const job = toUuid('job', filter.jobId)
        // No job has such an id, so none has callbacks.
        if (job === null) return { data: [], nextCursor: null }
        query = query.where('job_id', '=', job)
      }
      const rows = await query.execute()
      const shown = rows.slice(0, page.limit)
      const last = shown.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return { data: shown.map(callbackHeadOfRow), nextCursor: more ? cursorOf(last.id) : null }
    },

    async isDisabled(clientId, endpoint) {
      const row = await db
        .selectFrom('callback_endpoint')
        .select('disabled_at')
        .where('client_id', '=', uuidOf('cli', clientId))
        .where('endpoint', '=', endpoint)
        .executeTakeFirst()
      return row !== undefined && row.disabled_at !== null
    },

    async enable(clientId, endpoint) {
      await db
        .deleteFrom('callback_endpoint')
        .where('client_id', '=', uuidOf('cli', clientId))
        .where('endpoint', '=', endpoint)
        .execute()
    },

    settle: (callback, attempt, verdict, task) => settleCallback(context, callback, attempt, verdict, task),
    defer: (callback, inSeconds, task) => deferCallback(context, callback, inSeconds, task),
    close: (task) => closeTask(context, task),
    redeliver: (clientId, id) => redeliver(context, clientId, id),
    redeliverRange: (clientId, range) => redeliverRange(context, clientId, range),
    secrets: (clientId) => signingSecrets(context, clientId),
    rotateSecret: (clientId, overlapSeconds) => rotateSecret(context, clientId, overlapSeconds),
  }
}
