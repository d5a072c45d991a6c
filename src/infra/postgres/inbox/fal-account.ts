/**
 * The FAL account whose webhooks are accepted: learned from the first verified delivery for one of our jobs, and
 * stored.
 */
import type { Kysely } from 'kysely'
import type { Trx } from '../connection/transaction.ts'
import type { Database } from '../rows/schema.ts'
import { settingNames } from '../rows/setting-names.ts'

/**
 * Stores the account, replacing another one only when it overrules. Resolves to the stored account: another replica
 * may have been first.
 */
export async function keepAccount(
  trx: Trx,
  { falUserId, overruling }: { falUserId: string; overruling: boolean },
): Promise<string | null> {
  const value = JSON.stringify(falUserId)
  await trx
    .insertInto('setting')
    .values({ name: settingNames.falAccount, value })
    .onConflict((conflict) =>
      overruling ? conflict.column('name').doUpdateSet({ value }) : conflict.doNothing(),
    )
    .execute()
  return learnedAccount(trx)
}

export async function learnedAccount(db: Kysely<Database>): Promise<string | null> {
  const { rows } = await db.executeQuery(
    db.selectFrom('setting').select('value').where('name', '=', settingNames.falAccount).compile(),
  )
  const value = rows[0]?.value
  return typeof value === 'string' ? value : null
}
