/**
 * The inbox: verified deliveries and, where their jobs are known, the changes they cause become durable in one
 * transaction. Concurrent deliveries share it.
 */
import { timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { type DeliveryJudgement, judgeDelivery } from '../../../domain/delivery.ts'
import type { Fact } from '../../../domain/facts.ts'
import { toUuid } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import { type Change, foldFacts } from '../../../domain/transition/fold.ts'
import type { Delivery, DeliveryVerdict, JobStore } from '../../../ports/job-store.ts'
import { createGroupCommit } from '../connection/group-commit.ts'
import { inSharedTransaction, RolledBack } from '../connection/shared-transaction.ts'
import { announce, type StoreContext, transitionContext } from '../connection/store-context.ts'
import { type Trx, together } from '../connection/transaction.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { settingNames } from '../rows/setting-names.ts'
import { type Written, writeChanges } from '../transition/write-changes.ts'
import { keepAccount, learnedAccount } from './fal-account.ts'
import { type InboxEntry, type InboxState, insertDeliveries } from './insert-deliveries.ts'
import { lockRequests } from './unmatched-deliveries.ts'

interface Item {
  delivery: Delivery
  decide: (job: Job) => readonly Fact[]
}

/** A delivery with its verdict and its change; null when it changes nothing. */
interface Judged {
  delivery: Delivery
  judgement: FinalJudgement
  change: Change | null
}

/** The account is known. */
type FinalJudgement = Exclude<DeliveryJudgement, { type: 'new_account' }>

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
  type: 'settled'
  before: Job
  written: Written | null
}

/** A delivery assumed to be new was a duplicate: its change was written before the inbox row showed that. */
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

/** Deliveries assumed to be new settle their jobs without waiting for the inbox. */
async function receive(
  context: StoreContext,
  items: readonly Item[],
  belief: 'new' | 'unknown',
): Promise<DeliveryVerdict[]> {
  const entries = await inSharedTransaction(context.db, async (trx) => {
    const judged = await judge(context, trx, items)
    const inboxing = insertDeliveries(trx, judged.flatMap(inboxEntryOf), context.clock.now())
    const known = belief === 'new' ? null : await inboxing
    const settling = judged.filter(
      ({ delivery, judgement }) => judgement.type === 'settles' && known?.get(delivery) !== 'applied',
    )
    if (new Set(settling.map(({ judgement }) => jobIdOf(judgement))).size < settling.length) {
      await inboxing
      throw new Error('two deliveries of one group settle the same job: each is retried alone')
    }
    const changes = settling.flatMap(({ change }) => change ?? [])
    const [inbox, written] = await together(inboxing, writeChanges(trx, context, changes))
    const writtenOf = new Map(changes.map((change, index) => [change, written[index] ?? null]))
    return judged.map((one) => {
      const ofChange = one.change === null ? null : (writtenOf.get(one.change) ?? null)
      return outcomeOf(one, inbox.get(one.delivery), ofChange)
    })
  })
  return entries.map((entry) => (entry.type === 'settled' ? applied(context, entry) : entry))
}

/** Reads what the verdicts need, once for the whole group: the locked jobs and the learned account. */
async function judge(context: StoreContext, trx: Trx, items: readonly Item[]): Promise<Judged[]> {
  const deliveries = items.map(({ delivery }) => delivery)
  const requestIds = deliveries.map(({ requestId }) => requestId)
  const [, jobOf, learned] = await together(
    lockRequests(trx, requestIds, items.length > 1 ? 'brief' : 'usual'),
    lockJobs(trx, deliveries),
    learnedAccount(trx),
  )
  let account = learned
  const judged: Judged[] = []
  for (const { delivery, decide } of items) {
    const job = jobOf(delivery)
    let judgement = judgeDelivery(delivery, { job, account, decide })
    if (judgement.type === 'new_account') {
      account = await keepAccount(trx, judgement)
      judgement = judgeDelivery(delivery, { job, account, decide })
    }
    if (judgement.type === 'new_account')
      throw new Error(
        `setting ${settingNames.falAccount} is unreadable: delete its row, and the account is learned again`,
      )
    const change =
      judgement.type === 'settles'
        ? foldFacts(judgement.job, judgement.facts, transitionContext(context, 'webhook'))
        : null
    judged.push({ delivery, judgement, change })
  }
  return judged
}

const jobIdOf = (judgement: FinalJudgement): string | null =>
  judgement.type === 'settles' ? judgement.job.id : null

function inboxEntryOf({ delivery, judgement }: Judged): InboxEntry[] {
  if (judgement.type === 'foreign') return []
  return [{ delivery, job: judgement.job, isWaiting: judgement.type === 'unmatched' }]
}

/** `earlier`: the state of a duplicate in the inbox. */
function outcomeOf(
  { judgement }: Judged,
  earlier: InboxState | undefined,
  written: Written | null,
): Settled | Exclude<DeliveryVerdict, { type: 'applied' }> {
  if (judgement.type === 'foreign') return { type: 'foreign' }
  if (judgement.type === 'unmatched') return { type: earlier === undefined ? 'waiting' : 'duplicate' }
  if (earlier !== 'applied') return { type: 'settled', before: judgement.job, written }
  if (written !== null) throw new RepeatedError()
  return { type: 'duplicate' }
}

function applied(context: StoreContext, { before, written }: Settled): DeliveryVerdict {
  if (written === null) return { type: 'applied', job: before, changed: false, events: [] }
  announce(context, before.id, written.queues)
  const { job, events, unreservedMicros } = written
  return { type: 'applied', job, changed: true, events, unreservedMicros }
}

/**
 * For each delivery the owner of its request; else the job that our URL names by its token, which FAL's signature
 * does not cover but which is unguessable. Rows are locked in the order of their ids; only a caller who knows the
 * token can make a row lock.
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

function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}
