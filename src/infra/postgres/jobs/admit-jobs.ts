/**
 * Lets waiting jobs in to FAL, as many as there are places, the client that is furthest behind first. Who holds a place
 * is read off the job rows under one lock, so the count is right across replicas and after any crash.
 */
import { sql } from 'kysely'
import { v5 as uuidFrom } from 'uuid'
import { type QueueOfClient, shareSlots } from '../../../domain/fair-queue.ts'
import { toId } from '../../../domain/ids.ts'
import type { SlotLimits } from '../../../ports/job-store.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain, type Trx } from '../connection/transaction.ts'
import { anyUuid } from '../rows/uuids.ts'

/** How far the clock of turns has come: whoever was idle starts a little behind it. */
const clockName = 'turn_clock'
const lockKey = 7412
/** Without a limit the line is let in by batches. */
const largestBatch = 500

/** Grants turns until places or waiting jobs run out, and schedules the submits. Returns how many were let in. */
export async function admitJobs(context: StoreContext, limits: SlotLimits): Promise<number> {
  // Counting who is at FAL reads every job in flight: not while nobody waits for a place.
  if (!(await somebodyWaits(context))) return 0
  const granted = await inTransaction(context.db, async (trx) => {
    await sql`select pg_advisory_xact_lock(${lockKey})`.execute(trx)
    const busy = await placesTaken(trx)
    const taken = [...busy.values()].reduce((sum, count) => sum + count, 0)
    const free = limits.inAll === 0 ? largestBatch : Math.min(limits.inAll - taken, largestBatch)
    if (free <= 0) return 0
    const clock = await readClock(trx)
    const lines = await waitingLines(trx, free)
    if (lines.length === 0) return 0
    const shared = shareSlots(
      lines.map((line) => ({ ...line, cap: capOf(line, limits, busy) })),
      { free, clock, credit: limits.inAll },
    )
    if (shared.jobs.length === 0) return 0
    const letIn = await grant(trx, shared.jobs, context.clock.now())
    await saveAccounts(trx, shared.passes, shared.clock)
    await context.scheduler.schedule(
      plain(trx),
      letIn.map((uuid) => ({
        queue: 'submit',
        id: uuidFrom('submit:turn', uuid),
        subject: toId('job', uuid),
      })),
    )
    return letIn.length
  })
  if (granted > 0) context.scheduler.wake(['submit'])
  return granted
}

/** Waiting jobs whose deadline has passed are looked at now, so that they fail in time and not in turn. */
export async function expediteOverdue(context: StoreContext): Promise<void> {
  const now = new Date(context.clock.now())
  await sql`
    update job set next_poll_at = ${now}
    where turn = 'waiting' and status = 'pending' and deadline_at <= ${now} and next_poll_at is null`.execute(
    context.db,
  )
}

/** A job that comes a moment later nudges by itself. */
async function somebodyWaits({ db }: StoreContext): Promise<boolean> {
  const { rows } = await sql`
    select 1 from job where turn = 'waiting' and status = 'pending' limit 1`.execute(db)
  return rows.length > 0
}

/** The clients of the jobs at FAL, on their way there or let in. */
export const jobsWithPlace = sql`
  select client_id from job where status = 'running'
  union all
  select client_id from job where status = 'pending' and submission in ('sending', 'uncertain')
  union all
  select client_id from job where turn = 'granted' and status = 'pending' and submission = 'unsent'`

async function placesTaken(trx: Trx): Promise<Map<string, number>> {
  const { rows } = await sql<{ client_id: string; taken: number }>`
    select client_id, count(*)::int as taken from (${jobsWithPlace}) as busy group by client_id`.execute(trx)
  return new Map(rows.map((row) => [row.client_id, row.taken]))
}

interface Line extends QueueOfClient {
  ownCap: number | null
}

/** The first jobs of every client that waits: one index step per client, however long its line is. */
async function waitingLines(trx: Trx, free: number): Promise<Line[]> {
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
    ownCap: row.cap,
  }))
}

function capOf(line: Line, limits: SlotLimits, busy: Map<string, number>): number {
  const most = line.ownCap ?? (limits.perClient === 0 ? Number.POSITIVE_INFINITY : limits.perClient)
  return Math.max(0, most - (busy.get(line.clientId) ?? 0))
}

/** A job that was canceled in this moment is left alone. */
async function grant(trx: Trx, uuids: readonly string[], now: number): Promise<string[]> {
  const rows = await trx
    .updateTable('job')
    .set({ turn: 'granted', turn_at: new Date(now) })
    .where('id', '=', anyUuid(uuids))
    .where('turn', '=', 'waiting')
    .where('status', '=', 'pending')
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

async function readClock(trx: Trx): Promise<number> {
  const row = await trx.selectFrom('setting').select('value').where('name', '=', clockName).executeTakeFirst()
  return typeof row?.value === 'number' ? row.value : 0
}

async function saveAccounts(trx: Trx, passes: Map<string, number>, clock: number): Promise<void> {
  await trx
    .insertInto('turn_account')
    .values([...passes].map(([client_id, pass]) => ({ client_id, pass })))
    .onConflict((conflict) =>
      conflict.column('client_id').doUpdateSet((set) => ({ pass: set.ref('excluded.pass') })),
    )
    .execute()
  await trx
    .insertInto('setting')
    .values({ name: clockName, value: JSON.stringify(clock) })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((set) => ({ value: set.ref('excluded.value') })),
    )
    .execute()
}
