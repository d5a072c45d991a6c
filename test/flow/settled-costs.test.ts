/** After jobs with random faults, through webhooks and polls: each cost is what FAL billed, to the micro-dollar. */
import { sql } from 'kysely'
import t from 'tap'
import { createRandom } from '../../src/simulator/base/random.ts'
import { type Bench, startBench } from '../support/service.ts'

/** A thousand by hand: SETTLED_JOBS=1000. */
const jobs = Number(process.env.SETTLED_JOBS ?? 200)

const models = ['flux-schnell', 'flux-dev', 'nano-banana', 'fast-sdxl']

/** What may befall a request, beside nothing. */
const faults = [
  ...Array.from({ length: 12 }, () => ''),
  '[fault:webhook-lost]',
  '[fault:webhook-duplicate]',
  '[fault:result-503*1]',
  '[fault:bill-as=fal-ai/flux/dev]',
  '[fault:fallback]',
  '[fault:units-more=1.0027]',
  '[fault:units-more=2.813333333333333]',
  '[fault:units-late=20]',
  '[fault:model-error]',
  '[fault:content-policy]',
  '[fault:platform-error]',
]

t.test('the sum of all costs is what the simulator billed', { timeout: 120_000 }, async (t) => {
  const bench = await startBench(t, {
    environment: {
      COST_LOOKS_PER_SECOND: '1000',
      POLL_MAX_SECONDS: '2',
      LOG_LEVEL: 'error',
      CREDITS: 'enforced',
      CREDITS_UNKNOWN_RESERVE_MICROS: '10000',
    },
    simulator: { speed: 40 },
  })
  const granted = 1_000_000_000
  await bench.call('POST', '/api/credits/grants', { amountMicros: granted, reason: 'all of it' })
  const random = createRandom(19)
  const pick = (list: readonly string[]): string => list[random.below(list.length)] ?? ''
  const requests = Array.from({ length: jobs }, (_, index) => ({
    model: pick(models),
    prompt: `${index} ${pick(faults)}`,
    numOutputs: 1 + random.below(4),
    archive: false,
  }))
  for (let at = 0; at < jobs; at += 100) {
    const batch = { jobs: requests.slice(at, at + 100) }
    const { status, body } = await bench.call('POST', '/api/jobs/batch', batch)
    t.equal(status, 200, JSON.stringify(body).slice(0, 200))
  }
  const { db } = bench.service.services.store
  await until(bench, 'ended', sql`completed_at is not null`)
  // The first look, and for those whose app counts late the one after an hour.
  await sql`update job set settle_at = now() where settle_at is not null`.execute(db)
  await until(bench, 'looked at', sql`settle_attempts > 0`)
  await sql`update job set fal_completed_at = fal_completed_at - interval '2 hours',
    completed_at = completed_at - interval '2 hours', settle_at = now() where settled_at is null`.execute(db)
  await until(bench, 'settled', sql`settled_at is not null`)

  const { rows } = await sql<Row>`
    select request_id, actual_micros, billed_as, settle_attempts,
      (select count(*)::int from job_event where job_id = job.id and type = 'job.cost_settled') as told
    from job`.execute(db)
  let looks = 0
  for (const row of rows) {
    const bill = bench.simulator.admin.bill(row.request_id)
    // Failures are billed nothing, and FAL tells no units of them.
    const billed = bill === undefined || bill.units === 0 ? null : Math.ceil(bill.costUsd * 1e6 - 1e-6)
    if (row.actual_micros !== billed) t.equal(row.actual_micros, billed, `${row.request_id} as billed`)
    if (billed !== null && row.billed_as !== bill?.endpointId) t.equal(row.billed_as, bill?.endpointId)
    if (row.told > 1) t.fail(`${row.request_id} settled ${row.told} times`)
    looks += row.settle_attempts
  }
  const sum = rows.reduce((all, { actual_micros: micros }) => all + (micros ?? 0), 0)
  const billedMicros = bench.simulator.admin.totals().billedUsd * 1e6
  t.ok(Math.abs(sum - billedMicros) < rows.length, `${sum} of ${billedMicros} micro-USD`)
  t.ok(looks <= 1.1 * jobs, `${looks} looks for ${jobs} jobs`)
  const { balanceMicros, reservedMicros, owedMicros } = (await bench.call('GET', '/api/credits')).body
  t.strictSame([granted - balanceMicros, reservedMicros, owedMicros], [sum, 0, 0], 'and it is what was paid')
  t.ok(rows.filter((row) => row.actual_micros !== null).length > jobs / 2)
})

interface Row {
  request_id: string
  actual_micros: number | null
  billed_as: string | null
  settle_attempts: number
  told: number
}

async function until(bench: Bench, what: string, condition: ReturnType<typeof sql>): Promise<void> {
  const { db } = bench.service.services.store
  for (const end = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const { rows } = await sql<{ left: number }>`
      select count(*) filter (where not (${condition}))::int as left from job`.execute(db)
    if (rows[0]?.left === 0) return
    if (Date.now() > end) throw new Error(`${rows[0]?.left} jobs are not ${what}`)
  }
}
