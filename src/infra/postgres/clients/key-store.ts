/** API keys by the hash of their secret; the secret itself is never stored. */
import { createHash } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import { v7 as newUuid } from 'uuid'
import { toId, toUuid } from '../../../domain/ids.ts'
import { readKeyLimits } from '../../../domain/key-limits.ts'
import type { ApiKey, KeyStore } from '../../../ports/keys.ts'
import { inTransaction } from '../connection/transaction.ts'
import type { Database } from '../rows/schema.ts'

export const hashOfKey = (secret: string): Buffer => createHash('sha256').update(secret).digest()

export function createKeyStore(db: Kysely<Database>): KeyStore {
  return {
    async findByHash(hash) {
      const row = await db.selectFrom('api_key').selectAll().where('hash', '=', hash).executeTakeFirst()
      return row === undefined ? null : keyOfRow(row)
    },

    async findById(id) {
      const uuid = toUuid('key', id)
      if (uuid === null) return null
      const row = await db.selectFrom('api_key').selectAll().where('id', '=', uuid).executeTakeFirst()
      return row === undefined ? null : keyOfRow(row)
    },

    async ensureBootstrap(secret) {
      await inTransaction(db, async (trx) => {
        await trx
          .insertInto('client')
          .values({ id: newUuid(), name: 'default' })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
        const client = await trx
          .selectFrom('client')
          .select('id')
          .where('name', '=', 'default')
          .executeTakeFirstOrThrow()
        if (secret === null) return
        await trx
          .insertInto('api_key')
          .values({
            id: newUuid(),
            client_id: client.id,
            name: 'bootstrap',
            hash: hashOfKey(secret),
            prefix: secret.slice(0, 6),
            scopes: ['admin', 'jobs:read', 'jobs:write', 'credits:write'],
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      })
    },
  }
}

/** Whether any key is neither revoked nor expired. */
export async function hasLiveKey(db: Kysely<Database>, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('api_key')
    .select('id')
    .where('revoked_at', 'is', null)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', new Date(now))]))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

const keyOfRow = (row: Selectable<Database['api_key']>): ApiKey => ({
  id: toId('key', row.id),
  clientId: toId('cli', row.client_id),
  name: row.name,
  scopes: row.scopes as ApiKey['scopes'],
  limits: readKeyLimits(row.limits),
  expiresAt: row.expires_at?.getTime() ?? null,
  revokedAt: row.revoked_at?.getTime() ?? null,
})
