/** Reads jobs with row locks, the first step of every change. */
import type { Job } from '../../../domain/job.ts'
import { type LockTimeout, type Trx, withLockTimeout } from '../connection/transaction.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { anyUuid, uuidOf } from '../rows/uuids.ts'

/** null when there is no such job. */
export async function lockJob(trx: Trx, id: string): Promise<Job | null> {
  const jobs = await lockJobs(trx, [id])
  return jobs.get(id) ?? null
}

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
