/**
 * Group commit of creates: concurrent creates share one commit, each answered when it is durable; a create that
 * charges an account or counts against a limit takes a transaction of its own, since it may be refused by what it
 * finds there.
 */
import { CompiledQuery } from 'kysely'
import type { Job } from '../../../domain/job.ts'
import type { CreateAnswer, CreateCharges, Idempotency, JobStore } from '../../../ports/job-store.ts'
import { makeGroupCommit } from '../connection/group-commit.ts'
import { RowHeldError } from '../connection/lock-waits.ts'
import { inSharedTransaction, RolledBack } from '../connection/shared-transaction.ts'
import { announce, type StoreContext } from '../connection/store-context.ts'
import { isBegun, plain, type Trx, together } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'
import { insertJobs } from '../transition/insert-jobs.ts'
import { moneyOf, tasksOf } from '../transition/write-changes.ts'
import {
  earlierAnswer,
  inProgress,
  KeyTakenError,
  type NewJob,
  persistAlone,
  queuesOf,
} from './persist-job.ts'

const uncharged: CreateCharges = { monthLimitMicros: null }

export function makePersistJob(context: StoreContext): JobStore['create'] {
  const share = makeGroupCommit<NewJob, CreateAnswer>({
    write: (items) => createTogether(context, items),
    writeLater: (item) => createAlone(context, item),
    keyOf: ({ creation: { after }, idempotency }) =>
      idempotency === null ? after.id : keyRowOf(after, idempotency),
    itemsAtMost: 64,
    lanes: 2,
  })
  return function persistJob(creation, idempotency, charges = uncharged, fullInput = null) {
    const newJob = { creation, idempotency, fullInput }
    const isCharged =
      charges.monthLimitMicros !== null ||
      charges.jobsInFlight !== undefined ||
      creation.transition.ledger !== null
    const create = () => persistAlone(context, newJob, charges)
    if (isCharged) return context.waits.expectFree(moneyOf(creation.after).row, create)
    // Inputs that hold files may be megabytes: many in one statement would be one text of hundreds.
    return fullInput !== null ? create() : share(newJob)
  }
}

const keyRowOf = ({ clientId }: Job, { key }: Idempotency): string => `${clientId} ${key}`

async function createTogether(
  context: StoreContext,
  items: NewJob[],
): Promise<(CreateAnswer | Promise<CreateAnswer>)[]> {
  const made = await inSharedTransaction(context.db, (trx) =>
    insertFresh(context, trx, items, 'fresh'),
  ).catch((error: unknown) => {
    if (!(error instanceof RolledBack && error.cause instanceof KeyTakenError)) throw error
    return inSharedTransaction(context.db, (trx) => insertFresh(context, trx, items, 'unknown'))
  })
  for (const { creation } of made) announce(context, creation.after.id, queuesOf(creation))
  return items.map((item) => {
    const { creation } = item
    // Its key was used before: alone it reads the earlier answer, without delaying or failing the other creates.
    return made.has(item) ? ({ type: 'created', job: creation.after } as const) : createAlone(context, item)
  })
}

/** Waits for the create that holds its key, outside the lanes. */
async function createAlone(context: StoreContext, newJob: NewJob): Promise<CreateAnswer> {
  const { creation, idempotency } = newJob
  const create = () => persistAlone(context, newJob, uncharged)
  if (idempotency === null) return create()
  const job = creation.after
  const earlier = await earlierAnswer(context.db, job.clientId, idempotency)
  if (earlier !== null) return earlier
  return context.waits
    .wait({ row: keyRowOf(job, idempotency), clientId: job.clientId }, create)
    .catch((error: unknown) => {
      throw error instanceof RowHeldError ? inProgress(error) : error
    })
}

/**
 * The items that were inserted. Creates whose keys are assumed to be new are inserted without waiting for the claim.
 */
async function insertFresh(
  context: StoreContext,
  trx: Trx,
  items: readonly NewJob[],
  belief: 'fresh' | 'unknown',
): Promise<Set<NewJob>> {
  const claiming = claimKeys(trx, items)
  const known = belief === 'fresh' ? new Set<string>() : await claiming
  const fresh = items.filter(({ creation }) => !known.has(creation.after.id))
  const creations = fresh.map(({ creation }) => creation)
  const tasks = creations.flatMap(tasksOf)
  const [taken] = await together(
    claiming,
    fresh.length > 0 ? insertJobs(trx, fresh) : Promise.resolve(),
    tasks.length > 0 ? context.scheduler.schedule(plain(trx), tasks) : Promise.resolve(),
  )
  if (taken.size > known.size) throw new KeyTakenError()
  return new Set(fresh)
}

/** A create that currently holds a key would block the whole group: after this timeout each is retried alone. */
const lockTimeoutMs = 100

/** Ids of the jobs whose idempotency key was taken before; the other keys are theirs now. */
async function claimKeys(trx: Trx, items: readonly NewJob[]): Promise<Set<string>> {
  const keyed = items.flatMap(({ creation: { after }, idempotency }) =>
    idempotency === null ? [] : [{ job: after, idempotency }],
  )
  if (keyed.length === 0) return new Set()
  const rows = keyed.map(({ job, idempotency: { key, requestHash, status, body } }) => ({
    client_id: uuidOf('cli', job.clientId),
    key,
    request_hash: `\\x${requestHash.toString('hex')}`,
    status,
    body,
    job_id: uuidOf('job', job.id),
  }))
  // In index order, so that two groups with the same keys cannot deadlock.
  rows.sort((a, b) => (a.key < b.key ? -1 : 1))
  const { rows: claimed } = await trx.executeQuery<{ job_id: string }>(
    CompiledQuery.raw(
      `insert into idempotency (client_id, key, request_hash, status, body, job_id)
       select client_id, key, request_hash, status, body, job_id
       from json_populate_recordset(null::idempotency, $1::json),
         (select set_config('lock_timeout', $2, true)) as lock_wait
       where ${isBegun}
       on conflict do nothing returning job_id`,
      [JSON.stringify(rows), String(lockTimeoutMs)],
    ),
  )
  const ours = new Set(claimed.map((row) => row.job_id))
  return new Set(keyed.filter(({ job }) => !ours.has(uuidOf('job', job.id))).map(({ job }) => job.id))
}
