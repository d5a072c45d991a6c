/** The final and the live statuses as SQL literals: with a parameter the planner could not use a partial index. */
import { sql } from 'kysely'
import { finalStatuses, type JobStatus, liveStatuses } from '../../../domain/job.ts'

/** The right side of `status in …`. */
const listOf = (statuses: readonly JobStatus[]) =>
  sql<JobStatus>`(${sql.join(statuses.map((status) => sql.lit(status)))})`

export const finalStatusList = listOf(finalStatuses)
export const liveStatusList = listOf(liveStatuses)
