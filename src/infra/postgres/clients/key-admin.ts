/** Administration of API keys; every change is announced, so that all replicas drop their cached copy. */
import { type Kysely, type Selectable, sql } from 'kysely'
import { v7 as newUuid } from 'uuid'
import { toId, toUuid } from '../../../domain/ids.ts'
import { readKeyLimits } from '../../../domain/key-limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type KeyAdmin, type KeyRecord, keyTopic, type NewKey, scopes } from '../../../ports/keys.ts'
import type { Signals } from '../../../ports/signals.ts'
import { inTransaction, type Trx } from '../connection/transaction.ts'
import { cursorOf, uuidOfCursor } from '../rows/cursor.ts'
import type { ApiKeyTable, Database } from '../rows/schema.ts'

export interface KeyAdminDeps {
  db: Kysely<Database>
  signals: Pick<Signals, 'publish'>
  clock: Clock
}

export function createKeyAdmin({ db, signals, clock }: KeyAdminDeps): KeyAdmin {
  return {
    create: (key) => inTransaction(db, (trx) => insertKey(trx, key, clock.now())),

    async list(filter, page) {
      let query = db
        .selectFrom('api_key')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
      if (filter.clientId !== undefined) {
        const client = toUuid('cli', filter.clientId)
        if (client === null) return { data: [], nextCursor: null }
        query = query.where('client_id', '=', client)
      }
      if (page.cursor !== null) query = query.where('id', '<', uuidOfCursor(page.cursor))
      const rows = await query.execute()
      const shown = rows.slice(0, page.limit)
      const last = shown.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return { data: shown.map(recordOfRow), nextCursor: more ? cursorOf(last.id) : null }
    },

    async revoke(id) {
      const uuid = toUuid('key', id)
      if (uuid === null) return false
      const row = await db
        .updateTable('api_key')
        .set({ revoked_at: sql`coalesce(revoked_at, ${new Date(clock.now())})` })
        .where('id', '=', uuid)
        .returning('id')
        .executeTakeFirst()
      if (row === undefined) return false
      signals.publish(keyTopic, id)
      return true
    },

    async noteUse(uses) {
      const known = [...uses].flatMap(([id, at]) => {
        const uuid = toUuid('key', id)
        return uuid === null ? [] : [{ uuid, at: new Date(at) }]
      })
      if (known.length === 0) return
      await sql`
        update api_key set last_used_at = greatest(last_used_at, used.at)
        from unnest(${known.map(({ uuid }) => uuid)}::uuid[], ${known.map(({ at }) => at)}::timestamptz[])
          as used (id, at)
        where api_key.id = used.id`.execute(db)
    },
  }
}

/** null when the client does not exist. */
async function insertKey(trx: Trx, key: NewKey, now: number): Promise<KeyRecord | null> {
  const client =
    key.clientId === null ? await insertClient(trx, key.name) : await knownClient(trx, key.clientId)
  if (client === null) return null
  const row = await trx
    .insertInto('api_key')
    .values({
      id: newUuid(),
      client_id: client,
      name: key.name,
      hash: key.hash,
      prefix: key.prefix,
      scopes: [...key.scopes],
      limits: JSON.stringify(key.limits),
      expires_at: key.expiresAt === null ? null : new Date(key.expiresAt),
      created_at: new Date(now),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return recordOfRow(row)
}

async function insertClient(trx: Trx, keyName: string): Promise<string> {
  const id = newUuid()
  // 'default' belongs to the bootstrap key alone.
  const name = keyName === 'default' ? 'default (by name)' : keyName
  await trx.insertInto('client').values({ id, name }).execute()
  return id
}

async function knownClient(trx: Trx, clientId: string): Promise<string | null> {
  const uuid = toUuid('cli', clientId)
  if (uuid === null) return null
  const known = await trx.selectFrom('client').select('id').where('id', '=', uuid).executeTakeFirst()
  return known?.id ?? null
}

function recordOfRow(row: Selectable<ApiKeyTable>): KeyRecord {
  return {
    id: toId('key', row.id),
    clientId: toId('cli', row.client_id),
    name: row.name,
    prefix: row.prefix,
    scopes: scopes.filter((scope) => row.scopes.includes(scope)),
    limits: readKeyLimits(row.limits),
    createdAt: row.created_at.getTime(),
    expiresAt: row.expires_at?.getTime() ?? null,
    revokedAt: row.revoked_at?.getTime() ?? null,
    lastUsedAt: row.last_used_at?.getTime() ?? null,
  }
}
