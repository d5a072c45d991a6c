/**
 * Admits waiting jobs to FAL: reads the queue and the slots that are taken, writes the admissions that the domain decides.
 * The slots are counted on the job rows under one lock, so the count is right across replicas and after any crash.
 */
import { sql } from 'kysely'
import {
  admissionsOf,
  freeSlots,
  type SlotLimits,
  type TakenSlots,
  type WaitingClient,
} from '../../../domain/fair-queue.ts'
import { toId } from '../../../domain/ids.ts'
import { foldFacts } from '../../../domain/transition/fold.ts'
import { advisoryLocks } from '../connection/advisory-locks.ts'
import { readNumber, writeNumber } from '../connection/number-setting.ts'
import { announce, type StoreContext, transitionContext } from '../connection/store-context.ts'
import { inTransaction, type Trx } from '../connection/transaction.ts'
import { settingNames } from '../rows/setting-names.ts'
import { lockJobs } from '../transition/lock-jobs.ts'
import { type Written, writeChanges } from '../transition/write-changes.ts'

/** Admits waiting jobs until slots or jobs run out. Resolves to the written changes. */
export async function admitJobs(context: StoreContext, limits: SlotLimits): Promise<Written[]> {
  // Skip counting the jobs at FAL, which reads each of them, while no job waits for a slot.
  if (!(await isAnyWaiting(context))) return []
  const written = await inTransaction(context.db, async (trx) => {
    await sql`select pg_advisory_xact_lock(${advisoryLocks.admission})`.execute(trx)
    const taken = await takenSlots(trx)
    const free = freeSlots(limits, taken)
    if (free === 0) return []
    const clients = await waitingClients(trx, free)
    const admissions = admissionsOf(clients, {
      limits,
      taken,
      clock: (await readNumber(trx, settingNames.turnClock)) ?? 0,
    })
    if (admissions.jobs.length === 0) return []
    const jobs = await lockJobs(
      trx,
      admissions.jobs.map((uuid) => toId('job', uuid)),
      // One that another transaction holds is admitted next time: the admissions of all clients wait here.
      { skipLocked: true },
    )
    const at = transitionContext(context, 'system')
    const changes = [...jobs.values()].flatMap((job) => foldFacts(job, [{ type: 'admitted' }], at) ?? [])
    const written = await writeChanges(trx, context, changes)
    await saveAccounts(trx, admissions.passes, admissions.clock)
    return written
  })
  for (const { job, queues } of written) announce(context, job.id, queues)
  return written
}

/** A later job wakes the admission by itself. */
async function isAnyWaiting({ db }: StoreContext): Promise<boolean> {
  const { rows } = await sql`
    select 1 from job where turn = 'waiting' and status = 'pending' limit 1`.execute(db)
  return rows.length > 0
}

/** The clients of jobs that occupy a slot: at FAL, ended here but maybe not there, being sent or admitted. */
export const jobsWithPlace = sql`
  select client_id from job where status = 'running'
  union all
  select client_id from job where status = 'pending' and submission in ('sending', 'uncertain')
  union all
  select client_id from job where open_at_fal
  union all
  select client_id from job where turn = 'granted' and status = 'pending' and submission = 'unsent'`

async function takenSlots(trx: Trx): Promise<TakenSlots> {
  const { rows } = await sql<{ client_id: string; taken: number }>`
    select client_id, count(*)::int as taken from (${jobsWithPlace}) as busy group by client_id`.execute(trx)
  return new Map(rows.map((row) => [row.client_id, row.taken]))
}

/** The first jobs of every client that waits: one index step per client, whatever the length of its queue. */
async function waitingClients(trx: Trx, free: number): Promise<WaitingClient[]> {
  const { rows } = await sql<{
    client_id: string
    weight: number
    cap: number | null
    pass: number | null
    jobs: string[]
  }>`
    with recursive waiting (client_id) as (
      (select client_id from job where turn = 'waiting' and status = 'pending' order by client_id limit 1)
      union all
      select (
        select job.client_id from job
        where turn = 'waiting' and status = 'pending' and job.client_id > waiting.client_id
        order by job.client_id limit 1
      ) from waiting where waiting.client_id is not null
    )
    select client.id as client_id, client.turn_weight as weight, client.max_in_flight as cap, turn_account.pass,
      array(
        select job.id from job
        where job.client_id = client.id and turn = 'waiting' and status = 'pending'
        order by (queue ->> 'priority') is not distinct from 'low', id limit ${free}
      )::text[] as jobs
    from waiting join client on client.id = waiting.client_id
    left join turn_account on turn_account.client_id = client.id`.execute(trx)
  return rows.map((row) => ({
    clientId: row.client_id,
    weight: row.weight,
    pass: row.pass,
    jobs: row.jobs,
    maxInFlight: row.cap,
  }))
}

async function saveAccounts(trx: Trx, passes: Map<string, number>, clock: number): Promise<void> {
  await trx
    .insertInto('turn_account')
    .values([...passes].map(([client_id, pass]) => ({ client_id, pass })))
    .onConflict((conflict) =>
      conflict.column('client_id').doUpdateSet((set) => ({ pass: set.ref('excluded.pass') })),
    )
    .execute()
  await writeNumber(trx, settingNames.turnClock, clock)
}
