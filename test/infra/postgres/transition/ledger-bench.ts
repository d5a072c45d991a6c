/** A job store whose jobs are paid from credits, the facts that move them, and what must hold of its ledger at any time. */
import { sql } from 'kysely'
import type { Test } from 'tap'
import type { Fact } from '../../../../src/domain/facts.ts'
import { isFinal } from '../../../../src/domain/job.ts'
import { createCreditStore } from '../../../../src/infra/postgres/clients/credit-store.ts'
import type { CreateJob } from '../../../../src/jobs/create/create-job.ts'
import { makeCreateJob } from '../../../../src/jobs/create/create-job.ts'
import { hashOfJson } from '../../../../src/jobs/create/create-request.ts'
import { makePriceJob } from '../../../../src/jobs/create/price-job.ts'
import { createQuoteTokens } from '../../../../src/jobs/create/quote-token.ts'
import { viewJob } from '../../../../src/jobs/read/job-view.ts'
import type { Task } from '../../../../src/ports/tasks.ts'
import { catalogueOnly } from '../../../support/catalogue-only.ts'
import { openStore, type StoreBench, type StoreBenchOptions } from '../../../support/store.ts'

/** What a flux-schnell image of one megapixel costs. */
export const price = 3_000
const image = { model: 'flux-schnell', prompt: 'a coin', input: { image_size: 'square_hd' } }

export interface LedgerBench extends StoreBench {
  create(more?: { userId?: string }, limits?: object, key?: string): Promise<string>
  grant(amount: number, userId?: string | null, key?: string): Promise<{ type: string }>
  account(userId?: string): Promise<object>
}

export async function startLedger(t: Test, options: StoreBenchOptions = {}): Promise<LedgerBench> {
  const bench = await openStore(t, options)
  const clock = { now: Date.now }
  const credits = createCreditStore(bench.db)
  const { clientId, id: keyId, scopes } = bench.key
  const createJob: CreateJob = makeCreateJob({
    store: bench.store,
    clock,
    view: (job) => viewJob(job, { to: (path) => path, media: () => null, thumbnail: () => null }, Date.now()),
    priceJob: makePriceJob({
      models: catalogueOnly,
      livePrices: async () => new Map(),
      creditsEnforced: true,
      unknownReserveMicros: null,
    }),
    quotes: createQuoteTokens('secret', hashOfJson),
    usualSeconds: () => null,
    checkCallbackUrl: () => null,
    confirmAboveMicros: null,
    waitsForSlot: false,
  })
  return {
    ...bench,
    async create(more = {}, limits = {}, key) {
      const client = { clientId, keyId, scopes, limits }
      const result = await createJob(client, { ...image, ...more }, { idempotencyKey: key ?? null })
      return result.type === 'created' ? result.job.id : result.jobId
    },
    grant: (amountMicros, userId = null, key) =>
      credits.grant(
        { clientId, userId, amountMicros, reason: 'test', grantedBy: clientId, key: key ?? null },
        Date.now(),
      ),
    account: (userId) => credits.account({ clientId, userId: userId ?? null }),
  }
}

export const submitted = (id: string): Fact => ({
  type: 'submitted',
  request: {
    requestId: `req-${id}`,
    gatewayRequestId: null,
    statusUrl: null,
    responseUrl: null,
    cancelUrl: null,
    queuePosition: null,
    falKeyRef: null,
  },
})

export const completed = (ruleMicros: number | null): Fact => ({
  type: 'completed',
  result: '{}',
  media: [],
  inferenceSeconds: 1,
  falUserId: null,
  ruleMicros,
})

export const billed = (micros: number): Extract<Fact, { type: 'cost_settled' }> => ({
  type: 'cost_settled',
  bill: { billableUnits: '1', billedAs: null, micros, source: 'units' },
  charge: 'actual',
})

/** Closed last in its transaction: where it fails, all that came before must vanish. */
export const closing: Task = {
  queue: 'poll',
  id: '00000000-0000-7000-8000-000000000000',
  subject: '',
  retryCount: 0,
  signal: new AbortController().signal,
}

/** The sum of entries is the balance, each job was settled once if final and not if it is not. */
export async function holds(t: Test, { db, store }: StoreBench): Promise<void> {
  const { rows: accounts } = await sql<{ balanced: boolean }>`
    select balance_micros = coalesce(sum(balance_change), 0) and reserved_micros = coalesce(sum(reserved_change), 0)
      and owed_micros = coalesce(sum(owed_change), 0) and (owed_micros = 0 or balance_micros = reserved_micros)
      and entry_count = count(seq) and coalesce(max(seq), 0) = count(seq) as balanced
    from account left join ledger_entry on account_id = account.id group by account.id`.execute(db)
  t.ok(
    accounts.every((account) => account.balanced),
    'every balance is the sum of its entries, without a gap, and owes only what it lacks',
  )
  const { rows: jobs } = await sql<{ id: string; reserved: number; entries: number; charged: number }>`
    select 'job_' || job.id as id, sum(reserved_change) as reserved, count(*) filter (where type <> 'adjust')::int as entries,
      sum(owed_change - balance_change)::bigint as charged
    from job left join ledger_entry on job_id = job.id group by job.id`.execute(db)
  for (const { id, reserved, entries, charged } of jobs) {
    const job = await store.get(id)
    // What FAL takes after the end of its job is open again, with nothing reserved.
    const final = job !== null && isFinal(job.status) && job.reservedMicros === 0
    if (charged !== job?.chargedMicros)
      t.fail(`job ${id} shows ${job?.chargedMicros}, the ledger took ${charged}`)
    const claimed = Number(reserved)
    const right = final ? entries === 2 && claimed === 0 : entries === 1 && claimed === job?.reservedMicros
    if (!right) t.fail(`job ${id} is ${job?.status} with ${entries} entries and ${claimed} reserved`)
  }
}

/** Mulberry32: the same numbers in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
