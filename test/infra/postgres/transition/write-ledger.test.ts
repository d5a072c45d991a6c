/** Credits in the job's own transactions: no race, crash or repetition spends what is not there or loses what is. */
import { sql } from 'kysely'
import t from 'tap'
import type { Fact } from '../../../../src/domain/facts.ts'
import { createInconsistencies } from '../../../../src/infra/postgres/maintenance/find-inconsistencies.ts'
import { uuidOf } from '../../../../src/infra/postgres/rows/uuids.ts'
import type { CommittedChange, JobStore } from '../../../../src/ports/job-store.ts'
import type { StoreBench } from '../../../support/store.ts'

/** What a flux-schnell image of one megapixel costs. */
import {
  billed,
  closing,
  completed,
  holds,
  price,
  seeded,
  startLedger as start,
  submitted,
} from './ledger-bench.ts'

t.test('a thousand creates racing on credit for 300: exactly 300 are accepted', async (t) => {
  const bench = await start(t, { connections: 16 })
  await bench.grant(300 * price)
  // More at once would only wait for a connection, and on a slow machine in vain.
  const lane = async () => {
    const results: PromiseSettledResult<string>[] = []
    for (let turn = 0; turn < 20; turn++) results.push(...(await Promise.allSettled([bench.create()])))
    return results
  }
  const results = (await Promise.all(Array.from({ length: 50 }, lane))).flat()
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  t.equal(results.length - refused.length, 300)
  t.ok(
    refused.every((error) => error.code === 'INSUFFICIENT_CREDITS'),
    'all others lack credit, nothing else',
  )
  t.match(refused[0]?.extensions, {
    credits: {
      neededMicros: price,
      availableMicros: 0,
      missingMicros: price,
      owedMicros: 0,
      currency: 'USD',
    },
  })
  t.match(await bench.account(), { balanceMicros: 300 * price, reservedMicros: 300 * price })
  t.equal(await count(bench, 'job'), 300, 'a refused create leaves nothing behind')
  await holds(t, bench)
})

t.test(
  'after random crashes, failures and repetitions the entries add up and nothing stays reserved',
  async (t) => {
    const random = seeded(20_261)
    let crashing = false
    const bench = await start(t, {
      onSchedule: () => {
        if (crashing && random() < 0.2) throw new Error('crash')
      },
    })
    await bench.grant(60 * price)
    crashing = true
    const created = await Promise.allSettled(Array.from({ length: 100 }, () => bench.create()))
    const ids = created.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    t.ok(ids.length > 20 && ids.length <= 60, `some were accepted (${ids.length})`)
    const steps = ids.flatMap((id) => Array.from({ length: 8 }, () => ({ id, facts: anyFacts(random, id) })))
    const shuffled = steps.map((step) => ({ step, at: random() })).sort((a, b) => a.at - b.at)
    await Promise.allSettled(
      shuffled.map(({ step }) => bench.store.record(step.id, () => step.facts, { source: 'poll', closing })),
    )
    await holds(t, bench)
    crashing = false
    for (const id of ids) await bench.store.record(id, () => [{ type: 'canceled' }], { source: 'poll' })
    await holds(t, bench)
    t.match(await bench.account(), { reservedMicros: 0 }, 'all are final, so nothing is reserved')
  },
)

t.test('a completed job pays what it cost, and gets the rest of its reservation back', async (t) => {
  const bench = await start(t)
  await bench.grant(2 * price)
  const id = await bench.create()
  await bench.store.record(id, () => [submitted(id), completed(1_000)], { source: 'webhook' })
  await bench.store.record(id, () => [completed(1_000)], { source: 'poll' })
  t.match(await bench.account(), { balanceMicros: 2 * price - 1_000, reservedMicros: 0 })
  await holds(t, bench)
})

t.test('without a word of FAL a completed job pays what was reserved', async (t) => {
  const bench = await start(t)
  await bench.grant(price)
  const id = await bench.create()
  await bench.store.record(id, () => [submitted(id), completed(null)], { source: 'webhook' })
  t.match(await bench.account(), { balanceMicros: 0, reservedMicros: 0 })
  await holds(t, bench)
})

t.test(
  'a job that cost more than was reserved takes the rest from the credit, owes what that lacks, and never fails',
  async (t) => {
    const bench = await start(t)
    await bench.grant(2 * price)
    const rich = await bench.create()
    await bench.store.record(rich, () => [submitted(rich), completed(price + 500)], { source: 'webhook' })
    t.match(await bench.account(), { balanceMicros: price - 500, reservedMicros: 0 })
    await bench.grant(500)
    const poor = await bench.create()
    await bench.store.record(poor, () => [submitted(poor), completed(price * 10)], { source: 'webhook' })
    t.match(await bench.account(), { balanceMicros: 0, reservedMicros: 0, owedMicros: 9 * price })
    t.equal((await bench.store.get(poor))?.status, 'completed')
    await holds(t, bench)

    await t.rejects(bench.create(), { code: 'INSUFFICIENT_CREDITS', message: /owes 0.027 USD/ })
    await bench.grant(8 * price)
    t.match(await bench.account(), { balanceMicros: 0, owedMicros: price }, 'a grant pays what is owed first')
    await bench.grant(3 * price)
    t.match(await bench.account(), { balanceMicros: 2 * price, owedMicros: 0 })
    await bench.create()
    await holds(t, bench)
  },
)

t.test("a user's own account pays for the user's jobs, and the client's for all others", async (t) => {
  const bench = await start(t)
  await bench.grant(price)
  await bench.grant(price, 'ada')
  await bench.create({ userId: 'ada' })
  await t.rejects(bench.create({ userId: 'ada' }), { code: 'INSUFFICIENT_CREDITS' })
  await bench.create({ userId: 'bob' })
  t.match(await bench.account('ada'), { userId: 'ada', reservedMicros: price })
  t.match(await bench.account('bob'), { userId: null, reservedMicros: price })
  await holds(t, bench)
})

t.test(
  'the database itself keeps the ledger: no change, no deletion, no balance without an entry',
  async (t) => {
    const bench = await start(t)
    await bench.grant(1000)
    const { db } = bench
    await t.rejects(sql`update ledger_entry set balance_change = 2`.execute(db), /only appends/)
    await t.rejects(sql`delete from ledger_entry`.execute(db), /only appends/)
    await t.rejects(sql`truncate ledger_entry`.execute(db), /only appends/)
    await t.rejects(sql`update account set balance_micros = 5000`.execute(db), /only moves by ledger entries/)
    await t.rejects(sql`delete from account`.execute(db), /never deleted/)
    const tooMuch = sql`insert into ledger_entry (account_id, id, type, balance_change, reserved_change)
    select id, gen_random_uuid(), 'adjust', -1001, 0 from account`
    await t.rejects(tooMuch.execute(db), /account_never_below_zero/)
    await holds(t, bench)
  },
)

t.test('racing grants with one key grant once; another grant under that key is refused', async (t) => {
  const bench = await start(t)
  const answers = await Promise.all(Array.from({ length: 8 }, () => bench.grant(700, null, 'order-1')))
  t.equal(answers.filter((answer) => answer.type === 'granted').length, 1)
  t.equal(answers.filter((answer) => answer.type === 'replayed').length, 7)
  t.equal((await bench.grant(800, null, 'order-1')).type, 'key_reused')
  t.match(await bench.account(), { balanceMicros: 700 })
  await holds(t, bench)
})

t.test('a month of a key is never overspent by a race, and failed jobs give back', async (t) => {
  const bench = await start(t)
  await bench.grant(1000 * price)
  const limits = { maxCostMicrosPerMonth: 10 * price }
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => bench.create({}, limits)))
  const ids = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  t.equal(ids.length, 10)
  await t.rejects(bench.create({}, limits), { code: 'FORBIDDEN', errors: [{ code: 'cost_limit_per_month' }] })
  const [first = '', second = ''] = ids
  await bench.store.record(first, () => [{ type: 'canceled' }], { source: 'api' })
  await bench.store.record(second, () => [submitted(second), completed(0), billed(0)], { source: 'poll' })
  await bench.create({}, limits)
  await bench.create({}, limits)
  await t.rejects(bench.create({}, limits), { code: 'FORBIDDEN' })
  await holds(t, bench)
})

t.test('reconciliation settles a reservation that its job left behind, once, as a fact', async (t) => {
  const bench = await start(t)
  await bench.grant(3 * price)
  const [done, failed] = [await bench.create(), await bench.create()]
  // As a partial restore leaves them: the jobs have ended, and the ledger never heard of it.
  await sql`
    update job set status = 'completed', result = '{}', completed_at = now(), reserved_micros = 0, charged_micros = ${price - 1}
    where id = ${uuidOf('job', done)}`.execute(bench.db)
  await sql`
    update job set status = 'failed', error = '{}', completed_at = now(), reserved_micros = 0
    where id = ${uuidOf('job', failed)}`.execute(bench.db)
  const committed: CommittedChange[] = []
  bench.store.onCommitted((change) => committed.push(change))
  const found = await createInconsistencies(bench.db).unsettledReservations(10)
  t.strictSame(found.map(({ job }) => job.id).sort(), [done, failed].sort())
  const settle = (store: JobStore) =>
    found.map(({ job, reservedMicros }) => {
      const lost: Fact = { type: 'reservation_lost', reservedMicros, version: job.version }
      return store.record(job.id, () => [lost], { source: 'system' })
    })
  const results = await Promise.all([...settle(bench.store), ...settle(bench.replica())])
  t.equal(results.filter((recorded) => recorded?.changed).length, 2, 'two replicas settle each once')
  t.match(await bench.account(), { balanceMicros: 2 * price + 1, reservedMicros: 0 })
  const [event] = (await bench.store.events(done, { limit: 10, afterSeq: 0 })).slice(-1)
  t.match(event, { type: 'job.credits_settled', data: { settlement: 'capture', reservedMicros: price } })
  t.ok(
    committed.every((change) => change.type === 'changed' && change.unreservedMicros === price),
    'the metrics of captured and released credits see it',
  )
  t.strictSame(await createInconsistencies(bench.db).unsettledReservations(10), [])
  await holds(t, bench)
})

t.test('a create repeated with its key answers the same although the credit is gone', async (t) => {
  const bench = await start(t)
  await bench.grant(price)
  const first = await bench.create({}, {}, 'once')
  t.equal(await bench.create({}, {}, 'once'), first)
  t.match(await bench.account(), { reservedMicros: price })
  await holds(t, bench)
})

t.test('jobs of several accounts that end together never wait for each other in a circle', async (t) => {
  const bench = await start(t)
  // Otherwise whoever waits in a circle gives up before anybody looks for one.
  await sql
    .raw(`alter database ${new URL(bench.url).pathname.slice(1)} set deadlock_timeout = '10ms'`)
    .execute(bench.db)
  const users = ['ada', 'bob', 'cyd', 'dan']
  for (const user of users) await bench.grant(50 * price, user)
  const create = (user: string) => bench.create({ userId: user })
  const ids: string[] = []
  for (let round = 0; round < 50; round++) ids.push(...(await Promise.all(users.map(create))))
  // More than one group holds, ending as FAL pleases: the accounts come in every order.
  const random = seeded(7)
  const shuffled = ids.map((id) => ({ id, at: random() })).sort((a, b) => a.at - b.at)
  const end = (id: string): Fact[] => [submitted(id), completed(price - 1)]
  await Promise.all(shuffled.map(({ id }) => bench.store.record(id, () => end(id), { source: 'webhook' })))
  t.equal(await deadlocks(bench), 0, 'no transaction had to give way and run again')
  for (const user of users) {
    t.match(await bench.account(user), { balanceMicros: 50, reservedMicros: 0 })
  }
  await holds(t, bench)
})

/** As PostgreSQL counts them, once each connection of the pool has told what it saw. */
async function deadlocks({ db }: StoreBench): Promise<number> {
  const told = Array.from({ length: 10 }, () =>
    sql`select pg_stat_force_next_flush(), pg_sleep(0.2)`.execute(db),
  )
  await Promise.all(told)
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks::int from pg_stat_database where datname = current_database()`.execute(db)
  return rows[0]?.deadlocks ?? Number.NaN
}

/** One to three facts as channels would bring them, in any order. */
function anyFacts(random: () => number, id: string): Fact[] {
  const pick = (): Fact => {
    const dice = random()
    if (dice < 0.3) return submitted(id)
    if (dice < 0.45) return completed(dice < 0.4 ? Math.floor(random() * 2 * price) : null)
    if (dice < 0.6) return { type: 'canceled' }
    if (dice < 0.75) {
      return { type: 'failed', error: { code: 'FAL_REJECTED', message: 'no', retryable: false } }
    }
    return { type: 'cancel_asked' }
  }
  return Array.from({ length: 1 + Math.floor(random() * 3) }, pick)
}

async function count({ db }: StoreBench, table: 'job'): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(row.n)
}
