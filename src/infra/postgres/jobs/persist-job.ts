/** Writes an accepted job: row, first event, task and idempotency record are durable together or not at all. */
import { type Kysely, sql } from 'kysely'
import { AppError } from '../../../domain/errors.ts'
import { toId } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { Change } from '../../../domain/transition/fold.ts'
import type { CreateAnswer, CreateCharges, Idempotency } from '../../../ports/job-store.ts'
import { isLockTimeout } from '../connection/lock-waits.ts'
import { announce, type StoreContext } from '../connection/store-context.ts'
import type { Trx } from '../connection/transaction.ts'
import { inTransaction, isBegun, plain, setLockTimeout, together } from '../connection/transaction.ts'
import type { Database } from '../rows/schema.ts'
import { uuidOf } from '../rows/uuids.ts'
import { insertJobs, type NewRow } from '../transition/insert-jobs.ts'
import { spendMonth } from '../transition/key-month.ts'
import { tasksOf } from '../transition/write-changes.ts'
import { reserveCredits } from '../transition/write-ledger.ts'
import { refuseTooManyInFlight } from './in-flight-limit.ts'

export interface NewJob extends NewRow {
  idempotency: Idempotency | null
}

/** A create that holds an idempotency key for longer than this is stuck; replays get IDEMPOTENCY_IN_PROGRESS. */
const lockTimeoutMs = 5_000

/** The client's account and months are locked for milliseconds, unless a session holds them. */
const moneyLockTimeoutMs = 1_000

/** Two creates with one key meet at the unique index: the second waits for the first and then replays its answer. */
export async function persistAlone(
  context: StoreContext,
  newJob: NewJob,
  charges: CreateCharges,
): Promise<CreateAnswer> {
  const { creation, idempotency } = newJob
  const job = creation.after
  const tasks = tasksOf(creation)
  const creating = inTransaction(context.db, async (trx): Promise<CreateAnswer> => {
    const [isOurs] = await together(
      idempotency === null ? Promise.resolve(true) : claimKey(trx, job, idempotency),
      insertJobs(trx, [newJob]),
      tasks.length > 0 ? context.scheduler.schedule(plain(trx), tasks) : Promise.resolve(),
      // For what follows: the rows of the client's money and limits.
      setLockTimeout(trx, moneyLockTimeoutMs),
    )
    // The pipelined statements are rolled back with it.
    if (!isOurs) throw new KeyTakenError()
    if (charges.jobsInFlight !== undefined) await refuseTooManyInFlight(trx, job, charges.jobsInFlight)
    if (charges.monthLimitMicros !== null) await spendMonth(trx, job, charges.monthLimitMicros)
    if (creation.transition.ledger === 'reserve') await reserveCredits(trx, job)
    return { type: 'created', job }
  })
  const answer = await creating.catch(async (error: unknown) => {
    if (!(error instanceof KeyTakenError) || idempotency === null) throw error
    const earlier = await earlierAnswer(context.db, job.clientId, idempotency)
    // Its record has just been pruned: the next attempt finds the key free.
    if (earlier === null) throw inProgress()
    return earlier
  })
  if (answer.type === 'created') announce(context, job.id, queuesOf(creation))
  return answer
}

/** To be woken after the commit. */
export const queuesOf = ({ transition }: Change) => transition.tasks.map(({ queue }) => queue)

/** An earlier create holds the idempotency key; known only after the other statements were pipelined. */
export class KeyTakenError extends Error {}

/** Claims the idempotency key; false when an earlier, durable create holds it. */
async function claimKey(trx: Trx, job: Job, idempotency: Idempotency): Promise<boolean> {
  const client = uuidOf('cli', job.clientId)
  const { key, requestHash, status, body } = idempotency
  // Set the lock timeout in the statement that waits, which saves a round trip.
  const claim = sql`
    insert into idempotency (client_id, key, request_hash, status, body, job_id)
    select ${client}::uuid, ${key}, ${requestHash}::bytea, ${status}::integer, ${body}, ${uuidOf('job', job.id)}::uuid
    from (select set_config('lock_timeout', ${String(lockTimeoutMs)}, true)) as lock_wait where ${sql.raw(isBegun)}
    on conflict do nothing`
  const claimed = await trx.executeQuery(claim.compile(trx)).catch((error: unknown) => {
    throw isLockTimeout(error) ? inProgress(error) : error
  })
  return claimed.numAffectedRows === 1n
}

export function inProgress(cause?: unknown): AppError {
  const text = 'A request with this Idempotency-Key is still being processed. Repeat it in a moment.'
  return new AppError('IDEMPOTENCY_IN_PROGRESS', text, { retryable: true, retryAfterSeconds: 1, cause })
}

/** The stored answer of an earlier create with this key; null when there was none. */
export async function earlierAnswer(
  db: Kysely<Database>,
  clientId: string,
  idempotency: Pick<Idempotency, 'key' | 'requestHash'>,
): Promise<CreateAnswer | null> {
  const earlier = await db
    .selectFrom('idempotency')
    .selectAll()
    .where('client_id', '=', uuidOf('cli', clientId))
    .where('key', '=', idempotency.key)
    .executeTakeFirst()
  if (earlier === undefined) return null
  if (!earlier.request_hash.equals(idempotency.requestHash)) return { type: 'key_reused' }
  return {
    type: 'replayed',
    status: earlier.status,
    body: earlier.body,
    jobId: toId('job', earlier.job_id),
  }
}
