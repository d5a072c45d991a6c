/** The ledger follows FAL's bill: corrections, debts, and no render that is neither paid nor owed. */
import { sql } from 'kysely'
import t from 'tap'
import type { Fact } from '../../../../src/domain/facts.ts'
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

t.test(
  "FAL's bill corrects a charge once: by a refund, by the credit, and beyond it by what is owed",
  async (t) => {
    const bench = await start(t)
    await bench.grant(3 * price)
    const [less = '', more = '', most = ''] = await Promise.all([
      bench.create(),
      bench.create(),
      bench.create(),
    ])
    const settle = (id: string, facts: Fact[]) => bench.store.record(id, () => facts, { source: 'system' })
    await settle(less, [submitted(less), completed(null)])
    t.match(await bench.account(), { balanceMicros: 2 * price })
    await settle(less, [billed(1_000)])
    await settle(less, [billed(1)])
    t.match(
      await bench.account(),
      { balanceMicros: 3 * price - 1_000 },
      'less than was captured is given back',
    )
    await settle(more, [submitted(more), completed(1_000), billed(2_500)])
    t.match(
      await bench.account(),
      { balanceMicros: 3 * price - 3_500 },
      'known at once, it is captured at once',
    )
    await settle(most, [submitted(most), completed(null), billed(20_000)])
    t.match(await bench.account(), { balanceMicros: 0, reservedMicros: 0, owedMicros: 14_500 })
    await settle(most, [{ ...billed(12_000), bill: { ...billed(12_000).bill, source: 'billing_events' } }])
    t.match(
      await bench.account(),
      { balanceMicros: 0, owedMicros: 6_500 },
      'a refund lowers what is owed first',
    )
    await settle(most, [{ ...billed(4_000), bill: { ...billed(4_000).bill, source: 'billing_events' } }])
    t.match(await bench.account(), { owedMicros: 6_500 }, 'billing events correct it once')
    await holds(t, bench)

    await bench.grant(10_000)
    const stays = await bench.create()
    await settle(stays, [submitted(stays), completed(null), { ...billed(9_999), charge: 'estimate' }])
    t.match(await bench.store.get(stays), { actualMicros: 9_999, chargedMicros: price })
    const lost = await bench.store.get(less)
    t.match(lost, { actualMicros: 1_000, chargedMicros: 1_000 })
    await holds(t, bench)
  },
)

t.test('credit that becomes free pays what is owed', async (t) => {
  const bench = await start(t)
  await bench.grant(2 * price)
  const [dear, failing] = await Promise.all([bench.create(), bench.create()])
  await bench.store.record(dear, () => [submitted(dear), completed(2 * price)], { source: 'webhook' })
  t.match(await bench.account(), { balanceMicros: price, reservedMicros: price, owedMicros: price })
  await bench.store.record(failing, () => [{ type: 'canceled' }], { source: 'poll' })
  t.match(await bench.account(), { balanceMicros: 0, reservedMicros: 0, owedMicros: 0 })
  await holds(t, bench)
})

t.test('what FAL bills for a job that was free by its estimate is charged', async (t) => {
  const bench = await start(t)
  await bench.grant(price)
  const id = await bench.create()
  await sql`update job set reserved_micros = 0 where id = ${id.slice(4)}`.execute(bench.db)
  await bench.store.record(id, () => [submitted(id), completed(null), billed(4_000)], { source: 'poll' })
  t.match(await bench.account(), { balanceMicros: price, reservedMicros: price, owedMicros: 4_000 })
})

t.test(
  'whatever FAL renders is paid or owed, through crashes, deadlines, cancels and changes of price',
  async (t) => {
    const random = seeded(1_919)
    let crashing = false
    const bench = await start(t, {
      onSchedule: () => {
        if (crashing && random() < 0.15) throw new Error('crash')
      },
    })
    await bench.grant(30 * price)
    const overdue: Fact = {
      type: 'failed',
      error: { code: 'DEADLINE', message: 'late', retryable: true },
    }
    const rejected: Fact = {
      type: 'failed',
      error: { code: 'FAL_REJECTED', message: 'no', retryable: false },
    }
    let made = 0
    for (let round = 0; round < 4; round++) {
      crashing = true
      const created = await Promise.allSettled(Array.from({ length: 20 }, () => bench.create()))
      const ids = created.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      const scripts = ids.map((id) => {
        const isMade = random() < 0.6
        // FAL changed its price: the bill is anything up to three times the estimate.
        const bill = Math.floor(random() * 3 * price)
        if (isMade) made += bill
        const ours: Fact[] = random() < 0.5 ? [] : [random() < 0.5 ? overdue : { type: 'cancel_asked' }]
        const its: Fact[] = isMade
          ? [completed(random() < 0.5 ? Math.floor(random() * price) : null), billed(bill)]
          : [random() < 0.5 ? rejected : { type: 'canceled' }]
        return { id, facts: [submitted(id), ...ours, ...its] }
      })
      const insist = async ({ id, facts }: (typeof scripts)[number]) => {
        for (const fact of facts) {
          for (let tries = 0; ; tries++) {
            const written = bench.store.record(id, () => [fact], { source: 'poll', closing })
            if ((await Promise.allSettled([written]))[0]?.status === 'fulfilled') break
            if (tries > 50) throw new Error(`${id}: ${fact.type} is never written`)
          }
          // FAL tells it twice.
          if (random() < 0.3)
            await Promise.allSettled([bench.store.record(id, () => [fact], { source: 'poll' })])
        }
      }
      await Promise.all(scripts.map(insist))
      crashing = false
      await holds(t, bench)
      await bench.grant(5 * price)
    }
    await bench.grant(1)
    const { rows } = await sql<{ granted: number; balance: number; owed: number }>`
      select (select sum(balance_change) from ledger_entry where type = 'grant')::bigint as granted,
        balance_micros as balance, owed_micros as owed from account`.execute(bench.db)
    const { granted, balance, owed } = rows[0] ?? { granted: 0, balance: 0, owed: 0 }
    t.equal(granted - balance + owed, made, 'paid and owed is what FAL made')
    t.match(await bench.account(), { reservedMicros: 0 })
  },
)
