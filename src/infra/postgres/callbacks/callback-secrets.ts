/**
 * The secrets that sign a client's callbacks: the current one and, for an overlap after a rotation, the previous one.
 */
import { randomBytes } from 'node:crypto'
import { v7 as newUuid } from 'uuid'
import type { CallbackSecret } from '../../../ports/callbacks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'

/** Current first. A client without a secret gets one: every callback is signed. */
export async function signingSecrets(context: StoreContext, clientId: string): Promise<CallbackSecret[]> {
  const found = await readSecrets(context, clientId)
  if (found.some((secret) => secret.expiresAt === null)) return found
  await context.db
    .insertInto('callback_secret')
    .values(newSecret(context, clientId))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return readSecrets(context, clientId)
}

/** At most two secrets sign at once: expire the one before the last. */
export async function rotateSecret(
  context: StoreContext,
  clientId: string,
  overlapSeconds: number,
): Promise<CallbackSecret[]> {
  const client = uuidOf('cli', clientId)
  const now = context.clock.now()
  await inTransaction(context.db, async (trx) => {
    // Serialize rotations.
    await trx.selectFrom('client').select('id').where('id', '=', client).forUpdate().execute()
    await trx
      .deleteFrom('callback_secret')
      .where('client_id', '=', client)
      .where('expires_at', 'is not', null)
      .execute()
    await trx
      .updateTable('callback_secret')
      .set({ expires_at: new Date(now + overlapSeconds * 1000) })
      .where('client_id', '=', client)
      .execute()
    await trx.insertInto('callback_secret').values(newSecret(context, clientId)).execute()
  })
  return readSecrets(context, clientId)
}

async function readSecrets({ db, clock }: StoreContext, clientId: string): Promise<CallbackSecret[]> {
  const rows = await db
    .selectFrom('callback_secret')
    .selectAll()
    .where('client_id', '=', uuidOf('cli', clientId))
    .where((or) => or.or([or('expires_at', 'is', null), or('expires_at', '>', new Date(clock.now()))]))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({
    secret: row.secret,
    createdAt: row.created_at.getTime(),
    expiresAt: row.expires_at?.getTime() ?? null,
  }))
}

/** 256 bits, as Standard Webhooks writes them. */
const newSecret = (context: StoreContext, clientId: string) => ({
  id: newUuid(),
  client_id: uuidOf('cli', clientId),
  secret: `whsec_${randomBytes(32).toString('base64')}`,
  created_at: new Date(context.clock.now()),
})
