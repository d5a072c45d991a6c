/**
 * Reads jobs with row locks, the first step of every change. A row that another transaction holds is skipped first, and
 * then waited for within the bounds of the lock waits.
 */
import type { Kysely } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, type LockTimeout, type Trx, withLockTimeout } from '../connection/transaction.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import type { Database } from '../rows/schema.ts'
import { anyUuid, uuidOf } from '../rows/uuids.ts'

/** The jobs that exist, locked in the order of their ids, so that groups cannot deadlock. */
export async function lockJobs(
  trx: Trx,
  ids: readonly string[],
  { lockTimeout = 'usual', skipLocked = false }: { lockTimeout?: LockTimeout; skipLocked?: boolean } = {},
): Promise<Map<string, Job>> {
  const uuids = ids.map((id) => uuidOf('job', id))
  const query = trx
    .selectFrom('job')
    .select(jobColumns)
    .where('id', '=', anyUuid(uuids))
    .where(withLockTimeout(lockTimeout))
    .orderBy('id')
    .forUpdate()
  const { rows } = await trx.executeQuery((skipLocked ? query.skipLocked() : query).compile())
  return new Map(rows.map((row) => jobOfRow(row)).map((job) => [job.id, job]))
}

/** The client of a job, read without a lock; null when there is no such job. */
export async function clientOfJob(db: Kysely<Database>, jobId: string): Promise<string | null> {
  const row = await db
    .selectFrom('job')
    .select('client_id')
    .where('id', '=', uuidOf('job', jobId))
    .executeTakeFirst()
  return row === undefined ? null : toId('cli', row.client_id)
}

/** Runs `work` in a transaction on the locked job; null when there is no such job. */
export async function withLockedJob<T>(
  { db, waits }: Pick<StoreContext, 'db' | 'waits'>,
  jobId: string,
  work: (trx: Trx, job: Job) => Promise<T>,
): Promise<T | null> {
  const attempt = (options: { lockTimeout?: LockTimeout; skipLocked?: boolean }) =>
    inTransaction(db, async (trx) => {
      const job = (await lockJobs(trx, [jobId], options)).get(jobId)
      return job === undefined ? null : { worked: await work(trx, job) }
    })
  const done = await attempt({ skipLocked: true })
  if (done !== null) return done.worked
  const clientId = await clientOfJob(db, jobId)
  if (clientId === null) return null
  const waited = await waits.wait({ row: jobId, clientId }, (lockTimeout) => attempt({ lockTimeout }))
  return waited === null ? null : waited.worked
}
