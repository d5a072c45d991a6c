/**
 * A shared transaction for several writes that reports whether a failure certainly wrote nothing: only then may each
 * be retried alone.
 */
import type { Kysely } from 'kysely'
import type { Database } from '../rows/schema.ts'
import { NotBegunError, type Trx, transact } from './transaction.ts'

/** The work failed before the commit, so the transaction was rolled back. */
export class RolledBack extends Error {
  constructor(cause: unknown) {
    super('a shared transaction was rolled back', { cause })
    this.name = 'RolledBack'
  }
}

/**
 * As `inTransaction`, but throws RolledBack when `work` failed; after any other error the commit may have happened.
 */
export async function inSharedTransaction<T>(
  db: Kysely<Database>,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  let failed: RolledBack | null = null
  try {
    return await transact(db, async (trx) => {
      // The work runs again after a deadlock: only its last outcome counts.
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
