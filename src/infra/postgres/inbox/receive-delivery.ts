/**
 * The inbox: verified deliveries and, where their jobs are known, the changes they cause become durable in one
 * transaction. Concurrent deliveries share it.
 */
import { timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { type DeliveryJudgement, judgeDelivery } from '../../../domain/delivery.ts'
import type { Fact } from '../../../domain/facts.ts'
import { toId, toUuid } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import { type Change, foldFacts } from '../../../domain/transition/fold.ts'
import type { Delivery, DeliveryVerdict, JobStore } from '../../../ports/job-store.ts'
import { makeGroupCommit } from '../connection/group-commit.ts'
import type { LockedRow } from '../connection/lock-waits.ts'
import { inSharedTransaction, RolledBack } from '../connection/shared-transaction.ts'
import { announce, type StoreContext, transitionContext } from '../connection/store-context.ts'
import { type LockTimeout, type Trx, together } from '../connection/transaction.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import { settingNames } from '../rows/setting-names.ts'
import { moneyNeededBy, type Written, writeChanges } from '../transition/write-changes.ts'
import { keepAccount, learnedAccount } from './fal-account.ts'
import { type InboxEntry, type InboxState, insertDeliveries } from './insert-deliveries.ts'
import { lockRequests } from './unmatched-deliveries.ts'

interface Item {
  delivery: Delivery
  decide: (job: Job) => readonly Fact[]
  /** The money rows that its change needed when it was last tried. */
  money?: LockedRow | null
}

/** A delivery with its verdict and its change; null when it changes nothing. */
interface Judged {
  item: Item
  delivery: Delivery
  judgement: FinalJudgement
  change: Change | null
}

/** The account is known. */
type FinalJudgement = Exclude<DeliveryJudgement, { type: 'new_account' }>

export function makeReceiveDelivery(context: StoreContext): JobStore['receive'] {
  const share = makeGroupCommit<Item, DeliveryVerdict>({
    write: (items) => receiveTogether(context, items, 'shared'),
    writeLater: (item) => receiveAlone(context, item, item.money ?? lockOfRequest(item)),
    mayWait: ({ money }) => money != null,
    keyOf: ({ delivery }) => delivery.requestId,
    itemsAtMost: 64,
    lanes: 2,
  })
  return function receiveDelivery(delivery, decide) {
    return share({ delivery, decide })
  }
}

interface Settled {
  type: 'settled'
  before: Job
  written: Written | null
}

/** A delivery assumed to be new was a duplicate: its change was written before the inbox row showed that. */
class RepeatedError extends Error {}

/** `shared`: deliveries whose jobs are locked are left to `receiveAlone`. */
type Mode = 'shared' | LockTimeout

/** It belongs to no client. */
const lockOfRequest = ({ delivery: { requestId } }: Item): LockedRow => ({
  row: requestId,
  clientId: requestId,
})

async function receiveAlone(context: StoreContext, item: Item, locked: LockedRow): Promise<DeliveryVerdict> {
  const [verdict] = await context.waits.wait(locked, (lockTimeout) =>
    receiveTogether(context, [item], lockTimeout).catch((error: unknown) => {
      throw error instanceof RolledBack ? error.cause : error
    }),
  )
  if (verdict === undefined) throw new Error('a delivery received no verdict')
  return verdict
}

async function receiveTogether(
  context: StoreContext,
  items: readonly Item[],
  mode: Mode,
): Promise<(DeliveryVerdict | Promise<DeliveryVerdict>)[]> {
  try {
    return await receive(context, items, { belief: 'new', mode })
  } catch (error) {
    if (error instanceof RolledBack && error.cause instanceof RepeatedError)
      return receive(context, items, { belief: 'unknown', mode })
    throw error
  }
}

/** Deliveries assumed to be new settle their jobs without waiting for the inbox. */
async function receive(
  context: StoreContext,
  items: readonly Item[],
  { belief, mode }: { belief: 'new' | 'unknown'; mode: Mode },
): Promise<(DeliveryVerdict | Promise<DeliveryVerdict>)[]> {
  const entries = await inSharedTransaction(context.db, async (trx) => {
    const { judged, locked } = await judge(context, trx, items, mode)
    for (const { item, change } of judged) {
      item.money = moneyNeededBy(change)
      if (mode === 'shared' && item.money !== null && context.waits.isContended(item.money.row))
        locked.set(item, item.money)
    }
    const writing = judged.filter(({ item }) => !locked.has(item))
    const inboxing = insertDeliveries(trx, writing.flatMap(inboxEntryOf), context.clock.now())
    const known = belief === 'new' ? null : await inboxing
    const settling = writing.filter(
      ({ delivery, judgement }) => judgement.type === 'settles' && known?.get(delivery) !== 'applied',
    )
    if (new Set(settling.map(({ judgement }) => jobIdOf(judgement))).size < settling.length) {
      await inboxing
      throw new Error('two deliveries of one group settle the same job: each is retried alone')
    }
    const changes = settling.flatMap(({ change }) => change ?? [])
    const [inbox, written] = await together(inboxing, writeChanges(trx, context, changes))
    const writtenOf = new Map(changes.map((change, index) => [change, written[index] ?? null]))
    const answers = new Map<Delivery, () => DeliveryVerdict | Promise<DeliveryVerdict>>()
    for (const one of writing) {
      const ofChange = one.change === null ? null : (writtenOf.get(one.change) ?? null)
      const entry = outcomeOf(one, inbox.get(one.delivery), ofChange)
      answers.set(one.delivery, () => (entry.type === 'settled' ? applied(context, entry) : entry))
    }
    for (const [item, row] of locked) answers.set(item.delivery, () => receiveAlone(context, item, row))
    return answers
  })
  return items.map(({ delivery }) => {
    const answer = entries.get(delivery)
    if (answer === undefined) throw new Error('a delivery received no verdict')
    return answer()
  })
}

/**
 * Reads what the verdicts need, once for the whole group: the locked jobs and the learned account. `locked`: the items
 * whose jobs another transaction holds.
 */
async function judge(
  context: StoreContext,
  trx: Trx,
  items: readonly Item[],
  mode: Mode,
): Promise<{ judged: Judged[]; locked: Map<Item, LockedRow> }> {
  const deliveries = items.map(({ delivery }) => delivery)
  const requestIds = deliveries.map(({ requestId }) => requestId)
  const [, jobOf, learned] = await together(
    lockRequests(trx, requestIds, mode === 'usual' ? 'usual' : 'brief'),
    lockClaimedJobs(trx, deliveries, mode),
    learnedAccount(trx),
  )
  const missing = mode === 'shared' ? items.filter(({ delivery }) => jobOf(delivery) === null) : []
  const locked = await existing(trx, missing)
  let account = learned
  const judged: Judged[] = []
  for (const item of items) {
    if (locked.has(item)) continue
    const { delivery, decide } = item
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
    judged.push({ item, delivery, judgement, change })
  }
  return { judged, locked }
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

/** The ids of the jobs that own the requests, or that our URL names by its token. */
function idsOf(deliveries: readonly Delivery[]) {
  const requests = deliveries.map(({ requestId }) => requestId)
  const claims = deliveries.flatMap(claimOf)
  return sql<boolean>`id in (
    select id from job where request_id = any(${requests}::text[])
    union
    select job.id from unnest(${claims.map(({ uuid }) => uuid)}::uuid[], ${claims.map(({ token }) => token)}::text[])
      as claim (id, token) join job on job.id = claim.id and job.webhook_token = claim.token)`
}

/**
 * For each delivery the owner of its request; else the job that our URL names by its token, which FAL's signature
 * does not cover but which is unguessable. Rows are locked in the order of their ids; only a caller who knows the
 * token can make a row lock. In a shared transaction the rows that others hold are skipped.
 */
async function lockClaimedJobs(
  trx: Trx,
  deliveries: readonly Delivery[],
  mode: Mode,
): Promise<(delivery: Delivery) => Job | null> {
  const query = trx.selectFrom('job').select(jobColumns).where(idsOf(deliveries)).orderBy('id').forUpdate()
  const { rows } = await trx.executeQuery((mode === 'shared' ? query.skipLocked() : query).compile())
  return finderOf(
    rows.map((row) => {
      const job = jobOfRow(row)
      return { id: row.id, requestId: job.requestId, webhookToken: job.webhookToken, found: job }
    }),
  )
}

/** The items whose jobs exist, read without locks. */
async function existing(trx: Trx, items: readonly Item[]): Promise<Map<Item, LockedRow>> {
  const found = new Map<Item, LockedRow>()
  if (items.length === 0) return found
  const rows = await trx
    .selectFrom('job')
    .select(['id', 'client_id', 'request_id', 'webhook_token'])
    .where(idsOf(items.map(({ delivery }) => delivery)))
    .execute()
  const ownedOf = finderOf(
    rows.map((row) => ({
      id: row.id,
      requestId: row.request_id,
      webhookToken: row.webhook_token,
      found: { row: toId('job', row.id), clientId: toId('cli', row.client_id) },
    })),
  )
  for (const item of items) {
    const owned = ownedOf(item.delivery)
    if (owned !== null) found.set(item, owned)
  }
  return found
}

interface Findable<T> {
  /** Of the row. */
  id: string
  requestId: string | null
  webhookToken: string
  found: T
}

function finderOf<T>(rows: readonly Findable<T>[]): (delivery: Delivery) => T | null {
  const byRequest = new Map(rows.map((row) => [row.requestId, row]))
  const byUuid = new Map(rows.map((row) => [row.id, row]))
  return function find(delivery) {
    const [claim] = claimOf(delivery)
    const named = claim === undefined ? undefined : byUuid.get(claim.uuid)
    const isNamed = named !== undefined && claim !== undefined && sameText(named.webhookToken, claim.token)
    return byRequest.get(delivery.requestId)?.found ?? (isNamed ? named.found : null)
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
