/**
 * The inbox: verified deliveries and, where their jobs are known, the settlements they cause become durable in one
 * transaction. Deliveries that arrive together share it.
 */
import { timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import type { Fact } from '../../../domain/facts.ts'
import { toUuid } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { Delivery, DeliveryVerdict, JobStore } from '../../../ports/job-store.ts'
import { createGroupCommit } from '../connection/group-commit.ts'
import { inSharedTransaction, RolledBack } from '../connection/shared-transaction.ts'
import { announce, type StoreContext } from '../connection/store-context.ts'
import { type Trx, together } from '../connection/transaction.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { type ToWrite, type Written, writeTransitions } from '../transition/write-transitions.ts'
import { learnedAccount, pinAccount, setAccount } from './fal-account.ts'
import { insertDeliveries } from './insert-deliveries.ts'
import { lockRequests } from './unmatched-deliveries.ts'

interface Item {
  delivery: Delivery
  decide: (job: Job) => readonly Fact[]
}

/** What is to be done about one delivery. */
type Plan = { type: 'foreign' } | { type: 'parked'; job: Job | null } | { type: 'apply'; toWrite: ToWrite }

export function createDeliveryReceiver(context: StoreContext): JobStore['receive'] {
  const share = createGroupCommit<Item, DeliveryVerdict>({
    write: (items) => receiveTogether(context, items),
    keyOf: ({ delivery }) => delivery.requestId,
    itemsAtMost: 64,
    lanes: 2,
  })
  return (delivery, decide) => share({ delivery, decide })
}

interface Settled {
  before: Job
  written: Written | null
}

/** Of a delivery that was taken for new: what it settles was written before its inbox row told. */
class RepeatedError extends Error {}

async function receiveTogether(context: StoreContext, items: readonly Item[]): Promise<DeliveryVerdict[]> {
  try {
    return await receive(context, items, 'new')
  } catch (error) {
    if (error instanceof RolledBack && error.cause instanceof RepeatedError)
      return receive(context, items, 'unknown')
    throw error
  }
}

/** Deliveries that are believed to be new settle their jobs without waiting for the inbox. */
async function receive(
  context: StoreContext,
  items: readonly Item[],
  belief: 'new' | 'unknown',
): Promise<DeliveryVerdict[]> {
  const entries = await inSharedTransaction(context.db, async (trx) => {
    const deliveries = items.map(({ delivery }) => delivery)
    const requestIds = deliveries.map(({ requestId }) => requestId)
    const [, jobs, isOurAccount] = await together(
      lockRequests(trx, requestIds, items.length > 1 ? 'brief' : 'usual'),
      lockJobs(trx, deliveries),
      accountJudge(trx),
    )
    const plans: Plan[] = []
    for (const item of items) {
      const job = jobs(item.delivery)
      const isOurs = await isOurAccount(item.delivery, job !== null)
      plans.push(isOurs ? planFor(context, item, job) : { type: 'foreign' })
    }
    const rows = items.flatMap(({ delivery }, index) => inboxRowOf(delivery, plans[index]))
    const inboxing = insertDeliveries(trx, rows, context.clock.now())
    const known = belief === 'new' ? null : await inboxing
    const toWrite = deliveries.flatMap((delivery, index) => {
      const plan = plans[index]
      return plan?.type === 'apply' && known?.get(delivery) !== 'applied' ? [plan.toWrite] : []
    })
    if (new Set(toWrite.map(({ job }) => job.id)).size < toWrite.length) {
      await inboxing
      throw new Error('two deliveries of one group settle the same job: each goes on its own')
    }
    const [inbox, written] = await together(inboxing, writeTransitions(trx, context, toWrite))
    const changes = new Map(toWrite.map((write, index) => [write, written[index] ?? null]))
    return items.map(({ delivery }, index): DeliveryVerdict | Settled => {
      const plan = plans[index]
      if (plan === undefined || plan.type === 'foreign') return { type: 'foreign' }
      const earlier = inbox.get(delivery)
      if (plan.type === 'parked') return { type: earlier === undefined ? 'waiting' : 'duplicate' }
      const change = changes.get(plan.toWrite) ?? null
      if (earlier !== 'applied') return { before: plan.toWrite.job, written: change }
      if (change !== null) throw new RepeatedError()
      return { type: 'duplicate' }
    })
  })
  return entries.map((entry) => ('type' in entry ? entry : applied(context, entry.before, entry.written)))
}

function applied(context: StoreContext, before: Job, written: Written | null): DeliveryVerdict {
  if (written === null) return { type: 'applied', job: before, changed: false, events: [] }
  announce(context, before.id, written.queues)
  const { job, events, unreservedMicros } = written
  return { type: 'applied', job, changed: true, events, unreservedMicros }
}

function planFor(context: StoreContext, { delivery, decide }: Item, job: Job | null): Plan {
  if (job === null) return { type: 'parked', job }
  const facts = decide(job)
  // A second request of the same job, of which nothing is of use: kept, should it turn out to be another job's.
  const isSecond = job.requestId !== null && job.requestId !== delivery.requestId
  if (isSecond && facts.length === 0) return { type: 'parked', job }
  return {
    type: 'apply',
    toWrite: { job, facts, context: { source: 'webhook', now: context.clock.now(), poll: context.poll } },
  }
}

function inboxRowOf(delivery: Delivery, plan: Plan | undefined) {
  if (plan === undefined || plan.type === 'foreign') return []
  const job = plan.type === 'parked' ? plan.job : plan.toWrite.job
  return [{ delivery, job, parked: plan.type === 'parked' }]
}

/**
 * For each delivery the owner of its request; else the job that our URL names by its token, which FAL's signature does
 * not cover and nobody can guess. Locked in the order of their ids; only who knows the token makes a row wait for that.
 */
async function lockJobs(
  trx: Trx,
  deliveries: readonly Delivery[],
): Promise<(delivery: Delivery) => Job | null> {
  const requests = deliveries.map(({ requestId }) => requestId)
  const claims = deliveries.flatMap(claimOf)
  const { rows } = await trx.executeQuery(
    trx
      .selectFrom('job')
      .select(jobColumns)
      .where(
        sql<boolean>`id in (
          select id from job where request_id = any(${requests}::text[])
          union
          select job.id from unnest(${claims.map(({ uuid }) => uuid)}::uuid[], ${claims.map(({ token }) => token)}::text[])
            as claim (id, token) join job on job.id = claim.id and job.webhook_token = claim.token)`,
      )
      .orderBy('id')
      .forUpdate()
      .compile(),
  )
  const jobs = rows.map(jobOfRow)
  const byRequest = new Map(jobs.map((job) => [job.requestId, job]))
  const byUuid = new Map(jobs.map((job) => [toUuid('job', job.id), job]))
  return function jobOf(delivery) {
    const [claim] = claimOf(delivery)
    const named = claim === undefined ? undefined : byUuid.get(claim.uuid)
    const isNamed = named !== undefined && claim !== undefined && sameText(named.webhookToken, claim.token)
    return byRequest.get(delivery.requestId) ?? (isNamed ? named : null)
  }
}

function claimOf({ jobId, token }: Delivery): { uuid: string; token: string }[] {
  const uuid = jobId === null ? null : toUuid('job', jobId)
  return uuid === null || token === null ? [] : [{ uuid, token }]
}

/**
 * Judges the accounts of one group, which one look at the learned account serves. An account named in the configuration
 * was checked before, and overrules; else the learned one, or it is learned now.
 */
async function accountJudge(trx: Trx): Promise<(delivery: Delivery, forOurJob: boolean) => Promise<boolean>> {
  let learned = await learnedAccount(trx)
  return async (delivery, forOurJob) => {
    const { falUserId } = delivery
    if (delivery.accountIsPinned) {
      if (learned !== falUserId) await setAccount(trx, falUserId)
      learned = falUserId
      return true
    }
    if (learned !== null) return learned === falUserId
    if (!forOurJob) return true
    const isOurs = await pinAccount(trx, falUserId)
    learned = isOurs ? falUserId : await learnedAccount(trx)
    return isOurs
  }
}

function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}
