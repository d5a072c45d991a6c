/**
 * Money is held until FAL has said how a request ended: a deadline that FAL does not meet gives no free render, and leaves
 * no limit, while the render goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import type { JobView } from '../../src/jobs/read/job-view.ts'
import { type Bench, startBench } from '../support/service.ts'

const price = 3_000
/** FAL takes 3 s for it, whatever it is asked meanwhile. */
const late = {
  model: 'flux-schnell',
  prompt: 'late [fault:slow=60] [fault:cancel-ignored]',
  input: { image_size: 'square_hd' },
  deadlineSeconds: 1,
}
const isOverdue = (job: JobView) => job.error?.code === 'DEADLINE'

const credits = async (bench: Bench) => (await bench.call('GET', '/api/credits')).body
const grant = (bench: Bench, amountMicros: number) =>
  bench.call('POST', '/api/credits/grants', { amountMicros, reason: 'held' })

t.test('creates with a short deadline in a loop get as many renders as were paid', async (t) => {
  const bench = await startBench(t, { environment: { CREDITS: 'enforced' }, simulator: { speed: 20 } })
  await grant(bench, price)
  const ids: string[] = []
  let refused = 0
  for (const end = Date.now() + 4_500; Date.now() < end; await sleep(100)) {
    const { status, body } = await bench.call('POST', '/api/jobs', late)
    if (status === 202) ids.push(body.id)
    else if (body.code === 'INSUFFICIENT_CREDITS') refused += 1
    else t.fail(`answered ${status}`)
  }
  t.equal(ids.length, 1, 'one was paid for, and one was accepted')
  t.ok(refused > 10, `${refused} were refused`)
  const [id = ''] = ids
  const job = await bench.until(id, ({ archive }) => archive.status === 'archived')
  t.match(job, { status: 'failed', error: { code: 'DEADLINE' }, cost: { chargedMicros: price } })
  t.match(await credits(bench), { balanceMicros: 0, reservedMicros: 0 })
  t.equal(bench.simulator.admin.totals().accepted, 1)
})

t.test('nor do limits and slots open before FAL has let go, nor by an erasure', async (t) => {
  const bench = await startBench(t, {
    environment: { CREDITS: 'enforced', FAL_MAX_IN_FLIGHT: '3' },
    simulator: { speed: 20 },
  })
  const clientId = await ownClient(bench)
  const keyWith = async (limits: object) => {
    const scopes = ['jobs:write', 'jobs:read']
    const { body } = await bench.call('POST', '/api/keys', { name: 'limited', scopes, limits, clientId })
    return { authorization: `Bearer ${body.key}` }
  }
  await grant(bench, 100 * price)
  const byMonth = await keyWith({ maxCostMicrosPerMonth: price })
  const bySlot = await keyWith({ maxJobsInFlight: 1 })
  const [month, slot, erased] = await Promise.all([
    bench.create(late, byMonth),
    bench.create(late, bySlot),
    bench.create(late),
  ])
  for (const { id } of [month, slot, erased]) await bench.until(id, isOverdue)
  t.equal((await bench.call('DELETE', `/api/jobs/${erased.id}`)).status, 204)
  t.match(await credits(bench), { balanceMicros: 100 * price, reservedMicros: 3 * price }, 'all is held')
  t.match(await bench.call('POST', '/api/jobs', late, byMonth), {
    status: 403,
    body: { errors: [{ code: 'cost_limit_per_month' }] },
  })
  t.match(await bench.call('POST', '/api/jobs', late, bySlot), { status: 429 })
  const waiting = await bench.create({ ...late, prompt: 'next', deadlineSeconds: 60 })
  await sleep(300)
  t.match(await bench.get(waiting.id), { status: 'pending' }, 'FAL has three, which are all of its slots')

  const done = await bench.settled(waiting.id)
  t.match(done, { status: 'completed' }, 'and takes the next when one has ended')
  for (const { id } of [month, slot]) await bench.until(id, ({ archive }) => archive.status === 'archived')
  await bench.until(erased.id, ({ cost }) => (cost.chargedMicros ?? 0) > 0)
  t.match(await credits(bench), { balanceMicros: 96 * price, reservedMicros: 0 }, 'four renders are paid')
  t.match(await bench.get(erased.id), { media: [], result: null, params: {} })
  const { rows } = await sql`select cost_micros from api_key_month`.execute(bench.service.services.store.db)
  t.strictSame(rows, [{ cost_micros: price }])
  t.equal((await bench.call('POST', '/api/jobs', { ...late, prompt: 'free again' }, bySlot)).status, 202)
})

t.test('what FAL cancels in time is given back', async (t) => {
  const bench = await startBench(t, { environment: { CREDITS: 'enforced' }, simulator: { speed: 20 } })
  await grant(bench, price)
  const { id } = await bench.create({ ...late, prompt: 'stopped [fault:slow=600]' })
  await bench.until(id, isOverdue)
  for (let held = price; held > 0; held = (await credits(bench)).reservedMicros) await sleep(50)
  t.match(await credits(bench), { balanceMicros: price, reservedMicros: 0 })
  t.match((await bench.get(id)).cost, { chargedMicros: 0 })
})

async function ownClient(bench: Bench): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id from client where name = 'default'`.execute(
    bench.service.services.store.db,
  )
  return `cli_${rows[0]?.id}`
}
