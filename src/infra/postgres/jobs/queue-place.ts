/** The position of a waiting job in the fair queue, over all clients and their weights. */
import { type Kysely, sql } from 'kysely'
import { placeInQueue } from '../../../domain/fair-queue.ts'
import type { Job } from '../../../domain/job.ts'
import type { Database } from '../rows/schema.ts'
import { settingNames } from '../rows/setting-names.ts'
import { uuidOf } from '../rows/uuids.ts'

/** Number of jobs ahead of this one; null when it does not wait. `credit`: FAL_MAX_IN_FLIGHT. */
export async function placeOfJob(
  db: Kysely<Database>,
  job: Pick<Job, 'id' | 'clientId' | 'queue'>,
  credit: number,
): Promise<number | null> {
  const id = uuidOf('job', job.id)
  const clientId = uuidOf('cli', job.clientId)
  const low = job.queue.priority === 'low'
  const { rows } = await sql<{
    client_id: string
    weight: number
    pass: number | null
    waiting: number
    clock: number | null
    ahead: number
  }>`
    select line.client_id, client.turn_weight as weight, turn_account.pass, line.waiting, line.ahead,
      (select (value #>> '{}')::float8 from setting where name = ${settingNames.turnClock}) as clock
    from (
      select client_id, count(*)::int as waiting,
        (count(*) filter (where client_id = ${clientId}
          and ((queue ->> 'priority') is not distinct from 'low', id) < (${low}::boolean, ${id}::uuid)))::int as ahead
      from job where turn = 'waiting' and status = 'pending' group by client_id
    ) as line
    join client on client.id = line.client_id
    left join turn_account on turn_account.client_id = line.client_id`.execute(db)
  const own = rows.find((row) => row.client_id === clientId)
  if (own === undefined) return null
  const lineOf = (row: typeof own) => ({
    clientId: row.client_id,
    weight: row.weight,
    pass: row.pass,
    waiting: row.waiting,
  })
  const others = rows.filter((row) => row !== own).map(lineOf)
  return placeInQueue({ ...lineOf(own), jobs: [] }, own.ahead, others, { clock: own.clock ?? 0, credit })
}
