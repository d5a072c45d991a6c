/** The secrets that sign a client's callbacks: one current, and after a rotation the one before it for a while. */
import { randomBytes } from 'node:crypto'
import { v7 as newUuid } from 'uuid'
import type { CallbackSecret } from '../../../ports/callbacks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'

/** Current first. A client that never asked for one has one all the same: nothing leaves unsigned. */
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

/** Two at most sign at once: the one before the last ends now. */
export async function rotateSecret(
  context: StoreContext,
  clientId: string,
  overlapSeconds: number,
): Promise<CallbackSecret[]> {
  const client = uuidOf('cli', clientId)
  const now = context.clock.now()
  await inTransaction(context.db, async (trx) => {
    // One rotation at a time.
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
