/** One transaction for several writes, and the proof that a failed one left nothing: only then may each be tried alone. */
import type { Kysely } from 'kysely'
import type { Database } from '../rows/schema.ts'
import { NotBegunError, type Trx, transact } from './transaction.ts'

/** The work itself failed, so its commit was never asked for and the transaction was rolled back. */
export class RolledBack extends Error {
  constructor(cause: unknown) {
    super('a shared transaction was rolled back', { cause })
    this.name = 'RolledBack'
  }
}

/** As `inTransaction`, but throws RolledBack when `work` failed; any other error leaves open whether it was committed. */
export async function inSharedTransaction<T>(
  db: Kysely<Database>,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  let failed: RolledBack | null = null
  try {
    return await transact(db, async (trx) => {
      // After a deadlock the work runs again: only how it ended last counts.
      failed = null
      try {
        return await work(trx)
      } catch (error) {
        failed = new RolledBack(error)
        throw error
      }
    })
  } catch (error) {
    if (error instanceof NotBegunError) throw error.cause
    throw failed ?? error
  }
}
