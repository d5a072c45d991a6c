/**
 * The job schedule on PostgreSQL: the only statements that write the job table apart from its changes. They set
 * `next_poll_at` and `settle_at`, count the attempts of the sweeps, and mark pruned histories; none touches the version,
 * so that no concurrent change has to start over.
 */
import { sql } from 'kysely'
import { v5 as uuidFrom } from 'uuid'
import { toId, toUuid } from '../../../domain/ids.ts'
import { nextReadAt } from '../../../domain/money/settle-schedule.ts'
import { nextPollAtOf, type PollSubject } from '../../../domain/poll-schedule.ts'
import type { JobSchedule } from '../../../ports/job-schedule.ts'
import type { Random } from '../../../ports/random.ts'
import type { TaskToSchedule } from '../../../ports/tasks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain, type Trx } from '../connection/transaction.ts'
import type { JobTable } from '../rows/job-columns.ts'
import { anyUuid } from '../rows/uuids.ts'

type Context = Pick<StoreContext, 'db' | 'scheduler' | 'clock' | 'poll'> & { random: Random }

export function createJobSchedule(context: Context): JobSchedule {
  const { db, clock } = context
  return {
    async sweepDue(limit) {
      const swept = await inTransaction(db, (trx) => sweepDue(context, trx, limit))
      if (swept > 0) context.scheduler.wake(['poll'])
      return swept
    },

    /** Only ever brings the due time forward; the sweep moves it on again, so replicas that ask together cause one poll. */
    async pollEarly(ids, { delayMs, submittedBefore }) {
      const uuids = uuidsOf(ids)
      if (uuids.length === 0) return
      const at = new Date(clock.now() + delayMs)
      // A locked row is being changed by whatever its poll would have found.
      await db
        .updateTable('job')
        .set({ next_poll_at: at })
        .where('id', 'in', (select) =>
          select
            .selectFrom('job')
            .select('id')
            .where('id', '=', anyUuid(uuids))
            .where('status', '=', 'running')
            .where('submitted_at', '<', new Date(submittedBefore))
            .where('next_poll_at', '>', at)
            .forUpdate()
            .skipLocked(),
        )
        .execute()
    },

    async pollOverdue() {
      const now = new Date(clock.now())
      await sql`
        update job set next_poll_at = ${now}
        where turn = 'waiting' and status = 'pending' and deadline_at <= ${now} and next_poll_at is null`.execute(
        db,
      )
    },

    claimUnsettled: (limit) => inTransaction(db, (trx) => claimUnsettled(trx, clock.now(), limit)),

    async settleLater(id, at) {
      await db
        .updateTable('job')
        .set({ settle_at: new Date(at) })
        .where('id', '=', anyUuid(uuidsOf([id])))
        .where('settle_at', 'is not', null)
        .execute()
    },

    async startPolling(ids, at) {
      const uuids = uuidsOf(ids)
      if (uuids.length === 0) return
      await db
        .updateTable('job')
        .set({ next_poll_at: new Date(at) })
        .where('id', '=', anyUuid(uuids))
        .where('next_poll_at', 'is', null)
        .execute()
    },

    /** One statement: locked rows are left to a later batch, and no lock outlives this one. */
    async pruneEvents(endedBefore, limit) {
      const { numAffectedRows } = await sql`
        with old as (
          select id from job where completed_at < ${new Date(endedBefore)} and events_pruned_at is null
          order by completed_at limit ${limit} for update skip locked
        ), gone as (
          delete from job_event using old where job_event.job_id = old.id
        )
        update job set events_pruned_at = ${new Date(clock.now())} from old where job.id = old.id`.execute(db)
      return Number(numAffectedRows ?? 0n)
    },
  }
}

const dueColumns = [
  'id',
  'version',
  'webhook_asked',
  'poll_attempts',
  'submitted_at',
  'expected_seconds',
  'fal_completed_at',
  'cancel_requested_at',
  'uncertain_since',
  'deadline_at',
] as const

/**
 * Every replica runs this once a second; rows locked by another replica are skipped, so the work is shared, not
 * repeated.
 */
async function sweepDue(context: Context, trx: Trx, limit: number): Promise<number> {
  const now = context.clock.now()
  const rows = await trx
    .selectFrom('job')
    .select(dueColumns)
    .where('next_poll_at', '<=', new Date(now))
    .orderBy('next_poll_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
  if (rows.length === 0) return 0
  const next = rows.map((row) => {
    // Jitter: jobs submitted together would otherwise always be polled together.
    const jitter = 0.9 + context.random() * 0.2
    return new Date(nextPollAtOf(subjectOf(row), context.poll, now, jitter))
  })
  await sql`
    update job set next_poll_at = due.at, poll_attempts = poll_attempts + 1
    from unnest(${rows.map((row) => row.id)}::uuid[], ${next}::timestamptz[]) as due (id, at)
    where job.id = due.id`.execute(trx)
  const tasks = rows.map(
    (row): TaskToSchedule => ({
      queue: 'poll',
      id: uuidFrom(`poll:${row.version}:${row.poll_attempts}`, row.id),
      subject: toId('job', row.id),
    }),
  )
  await context.scheduler.schedule(plain(trx), tasks)
  return rows.length
}

/** Rows locked by another replica, or by a change, are left to a later round. */
async function claimUnsettled(trx: Trx, now: number, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('job')
    .select(['id', 'settle_attempts'])
    .where('settle_at', '<=', new Date(now))
    .orderBy('settle_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
  if (rows.length === 0) return []
  const next = rows.map((row) => new Date(nextReadAt(row.settle_attempts + 1, now)))
  await sql`
    update job set settle_at = due.at, settle_attempts = settle_attempts + 1
    from unnest(${rows.map((row) => row.id)}::uuid[], ${next}::timestamptz[]) as due (id, at)
    where job.id = due.id`.execute(trx)
  return rows.map((row) => toId('job', row.id))
}

const subjectOf = (row: Pick<JobTable, (typeof dueColumns)[number]>): PollSubject => ({
  webhookAsked: row.webhook_asked,
  pollAttempts: row.poll_attempts + 1,
  submittedAt: timeOf(row.submitted_at),
  expectedSeconds: row.expected_seconds,
  falCompletedAt: timeOf(row.fal_completed_at),
  cancelRequestedAt: timeOf(row.cancel_requested_at),
  uncertainSince: timeOf(row.uncertain_since),
  deadlineAt: timeOf(row.deadline_at),
})

/** An invalid time (`infinity`, set by hand) fails the poll of its own job only. */
const timeOf = (date: Date | null): number | null => (date instanceof Date ? date.getTime() : null)

const uuidsOf = (ids: readonly string[]): string[] => ids.flatMap((id) => toUuid('job', id) ?? [])
