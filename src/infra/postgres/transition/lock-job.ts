/** Reads one job under its row lock, as every change of it begins. */
import type { Job } from '../../../domain/job.ts'
import type { Trx } from '../connection/transaction.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { uuidOf } from '../rows/uuids.ts'

/** null when there is no such job. */
export async function lockJob(trx: Trx, id: string): Promise<Job | null> {
  const row = await trx
    .selectFrom('job')
    .select(jobColumns)
    .where('id', '=', uuidOf('job', id))
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? null : jobOfRow(row)
}
