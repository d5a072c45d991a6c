/** The FAL account whose webhooks we believe: learned from the first verified delivery for a job of ours, and kept. */
import type { Kysely } from 'kysely'
import type { Trx } from '../connection/transaction.ts'
import type { Database } from '../rows/schema.ts'

const name = 'fal_account'

/** Learns the account if none is known; false when another one was learned before. */
export async function pinAccount(trx: Trx, falUserId: string): Promise<boolean> {
  await trx
    .insertInto('setting')
    .values({ name, value: JSON.stringify(falUserId) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return (await learnedAccount(trx)) === falUserId
}

/** The configuration names another account than was learned: what is parked is judged by it too. */
export async function setAccount(trx: Trx, falUserId: string): Promise<void> {
  await trx
    .insertInto('setting')
    .values({ name, value: JSON.stringify(falUserId) })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: JSON.stringify(falUserId) }))
    .execute()
}

export async function learnedAccount(db: Kysely<Database>): Promise<string | null> {
  const { rows } = await db.executeQuery(
    db.selectFrom('setting').select('value').where('name', '=', name).compile(),
  )
  const value = rows[0]?.value
  return typeof value === 'string' ? value : null
}
