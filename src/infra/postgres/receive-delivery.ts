/**
 * The inbox: verified deliveries and, where their jobs are known, the settlements they cause become durable in one
 * transaction. Deliveries that arrive together share it.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import type { Fact } from '../../domain/facts.ts'
import { toUuid } from '../../domain/ids.ts'
import type { Job } from '../../domain/job.ts'
import type { Delivery, DeliveryVerdict, JobStore } from '../../jobs/ports.ts'
import { learnedAccount, pinAccount, setAccount } from './fal-account.ts'
import { createGroupCommit } from './group-commit.ts'
import { insertDeliveries } from './insert-deliveries.ts'
import { jobColumns, jobOfRow } from './job-row.ts'
import { lockRequests } from './parked-deliveries.ts'
import { inSharedTransaction } from './shared-transaction.ts'
import { announce, type StoreContext } from './store-context.ts'
import type { Trx } from './transaction.ts'
import { type ToWrite, type Written, writeTransitions } from './write-transitions.ts'

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

async function receiveTogether(context: StoreContext, items: readonly Item[]): Promise<DeliveryVerdict[]> {
  const entries = await inSharedTransaction(context.db, async (trx) => {
    await lockRequests(
      trx,
      items.map(({ delivery }) => delivery.requestId),
      items.length > 1 ? 'brief' : 'usual',
    )
    const jobs = await lockJobs(
      trx,
      items.map(({ delivery }) => delivery),
    )
    const plans: Plan[] = []
    const isOurAccount = await accountJudge(trx)
    for (const item of items) {
      const job = jobs(item.delivery)
      const isOurs = await isOurAccount(item.delivery, job !== null)
      plans.push(isOurs ? planFor(context, item, job) : { type: 'foreign' })
    }
    const now = context.clock.now()
    const inbox = await insertDeliveries(
      trx,
      items.flatMap(({ delivery }, index) => inboxRowOf(delivery, plans[index])),
      now,
    )
    const toWrite: ToWrite[] = []
    const verdicts = items.map(({ delivery }, index): DeliveryVerdict | Job => {
      const plan = plans[index]
      if (plan === undefined || plan.type === 'foreign') return { type: 'foreign' }
      const earlier = inbox.get(delivery)
      if (earlier === 'applied' || (earlier === 'waiting' && plan.type === 'parked'))
        return { type: 'duplicate' }
      if (plan.type === 'parked') return { type: 'waiting' }
      toWrite.push(plan.toWrite)
      return plan.toWrite.job
    })
    if (new Set(toWrite.map(({ job }) => job.id)).size < toWrite.length) {
      throw new Error('two deliveries of one group settle the same job: each goes on its own')
    }
    const written = await writeTransitions(trx, context, toWrite)
    return verdicts.map((verdict) =>
      'type' in verdict ? verdict : { before: verdict, written: written.shift() ?? null },
    )
  })
  return entries.map((entry) => ('type' in entry ? entry : applied(context, entry.before, entry.written)))
}

function applied(context: StoreContext, before: Job, written: Written | null): DeliveryVerdict {
  if (written === null) return { type: 'applied', job: before, changed: false, events: [] }
  announce(context, before.id, written.queues)
  return { type: 'applied', job: written.job, changed: true, events: written.events }
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
 * not cover and nobody can guess. Locked in the order of their ids.
 */
async function lockJobs(
  trx: Trx,
  deliveries: readonly Delivery[],
): Promise<(delivery: Delivery) => Job | null> {
  const named = await namedByToken(trx, deliveries)
  const requests = deliveries.map(({ requestId }) => requestId)
  const rows = await trx
    .selectFrom('job')
    .select(jobColumns)
    .where((where) =>
      where.or([
        where('request_id', '=', sql<string>`any(${requests}::text[])`),
        where('id', '=', sql<string>`any(${[...named.values()]}::uuid[])`),
      ]),
    )
    .orderBy('id')
    .forUpdate()
    .execute()
  const jobs = rows.map(jobOfRow)
  const byRequest = new Map(jobs.map((job) => [job.requestId, job]))
  const byId = new Map(jobs.map((job) => [toUuid('job', job.id), job]))
  return (delivery) => byRequest.get(delivery.requestId) ?? byId.get(named.get(delivery) ?? '') ?? null
}

/** Only who knows the token may make a row wait for a lock. */
async function namedByToken(trx: Trx, deliveries: readonly Delivery[]): Promise<Map<Delivery, string>> {
  const claims = deliveries.flatMap((delivery) => {
    const uuid = delivery.jobId === null ? null : toUuid('job', delivery.jobId)
    return uuid === null || delivery.token === null ? [] : [{ delivery, uuid, token: delivery.token }]
  })
  if (claims.length === 0) return new Map()
  const rows = await trx
    .selectFrom('job')
    .select(['id', 'webhook_token'])
    .where((where) => where('id', '=', sql<string>`any(${claims.map(({ uuid }) => uuid)}::uuid[])`))
    .execute()
  const tokens = new Map(rows.map((row) => [row.id, row.webhook_token]))
  return new Map(
    claims
      .filter(({ uuid, token }) => sameText(tokens.get(uuid) ?? '', token))
      .map(({ delivery, uuid }) => [delivery, uuid]),
  )
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
  const a = createHash('sha256').update(expected).digest()
  const b = createHash('sha256').update(given).digest()
  return timingSafeEqual(a, b)
}
