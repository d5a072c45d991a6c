/** Notes which past hours a change of jobs makes out of date, in the change's own transaction, so that none is missed. */
import { sql } from 'kysely'
import type { Job } from '../../../domain/job.ts'
import type { Change } from '../../../domain/transition/fold.ts'
import type { Trx } from '../connection/transaction.ts'

export const hourMs = 3_600_000
const hourOf = (time: number): number => time - (time % hourMs)

/** Jobs of the current hour are summed after its end anyway. */
export async function markUsage(trx: Trx, changes: readonly Change[]): Promise<void> {
  const past = changes.filter(
    ({ before, after }) => hourOf(after.createdAt) < hourOf(after.updatedAt) && isOtherUsage(before, after),
  )
  if (past.length === 0) return
  const hours = [...new Set(past.map(({ after }) => hourOf(after.createdAt)))].map((hour) => new Date(hour))
  await sql`insert into usage_changed (hour) select unnest(${hours}::timestamptz[])`.execute(trx)
}

/** What the sums are made of. */
const summed = [
  'status',
  'userId',
  'media',
  'estimatedMicros',
  'actualMicros',
  'costSource',
  'chargedMicros',
  'settledAt',
  'requestId',
] as const satisfies readonly (keyof Job)[]

const isOtherUsage = (before: Job, after: Job): boolean =>
  summed.some((field) => before[field] !== after[field])
