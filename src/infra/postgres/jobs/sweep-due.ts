/** The poll timer: finds jobs whose `next_poll_at` has come, moves it on and schedules their poll in one transaction. */
import { sql } from 'kysely'
import { v5 as uuidFrom } from 'uuid'
import { toId } from '../../../domain/ids.ts'
import { nextPollAtOf } from '../../../domain/poll-schedule.ts'
import type { TaskToSchedule } from '../../../ports/tasks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain } from '../connection/transaction.ts'

/** Every replica runs this once a second; rows another replica holds are skipped, so the work is shared, not repeated. */
export async function sweepDueJobs(context: StoreContext, limit: number): Promise<number> {
  const now = context.clock.now()
  const swept = await inTransaction(context.db, async (trx) => {
    const rows = await trx
      .selectFrom('job')
      .select([
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
      ])
      .where('next_poll_at', '<=', new Date(now))
      .orderBy('next_poll_at')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute()
    if (rows.length === 0) return 0
    const next = rows.map((row) => {
      const subject = {
        webhookAsked: row.webhook_asked,
        pollAttempts: row.poll_attempts + 1,
        submittedAt: timeOf(row.submitted_at),
        expectedSeconds: row.expected_seconds,
        falCompletedAt: timeOf(row.fal_completed_at),
        cancelRequestedAt: timeOf(row.cancel_requested_at),
        uncertainSince: timeOf(row.uncertain_since),
        deadlineAt: timeOf(row.deadline_at),
      }
      // Jobs submitted together would otherwise be polled together for ever.
      const jitter = 0.9 + Math.random() * 0.2
      return new Date(nextPollAtOf(subject, context.poll, now, jitter))
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
  })
  if (swept > 0) context.scheduler.wake(['poll'])
  return swept
}

/** A time that is none (`infinity`, set by hand) is its own job's trouble: the look will say so, and nobody else waits. */
const timeOf = (date: Date | null): number | null => (date instanceof Date ? date.getTime() : null)
