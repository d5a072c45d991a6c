/** Polling: no storm however many jobs are in flight, no verdict from a failed look, no result lost that FAL still has. */
import { sql } from 'kysely'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { readTasks } from '../support/engine-tables.ts'
import { startBench } from '../support/service.ts'

t.jobs = 2

const types = (events: Record<string, unknown>[]) => events.map((event) => event.type)

t.test(
  'five thousand jobs whose time has come are looked at once each, and never queued twice',
  async (t) => {
    // Nobody polls here: the other half of the service is down.
    const bench = await startBench(t, { environment: { ROLE: 'api' } })
    const { db, schedule } = bench.service.services.store
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a crowd' })
    const uuid = id.slice('job_'.length)
    await sql`
    insert into job select (jsonb_populate_record(job, jsonb_build_object(
      'id', gen_random_uuid(), 'status', 'running', 'submission', 'accepted', 'request_id', 'r-' || n,
      'next_poll_at', now() - interval '1 second', 'submitted_at', now(), 'webhook_asked', true))).*
    from job, generate_series(1, 5000) as n where job.id = ${uuid}`.execute(db)

    const sweepAll = async () => {
      let all = 0
      for (let swept = 1; swept > 0; all += swept) swept = await schedule.sweepDue(500)
      return all
    }
    const replicas = await Promise.all([sweepAll(), sweepAll(), sweepAll()])
    t.equal(
      replicas.reduce((sum, n) => sum + n, 0),
      5000,
      'three replicas share the work',
    )
    for (let round = 0; round < 3; round++) {
      await sql`update job set next_poll_at = now() - interval '1 second' where request_id like 'r-%'`.execute(
        db,
      )
      await sweepAll()
    }
    const waiting = (await readTasks(db, 'poll')).map(({ subject }) => subject)
    t.equal(waiting.length, 5000)
    t.equal(new Set(waiting).size, 5000, 'one look waits for each')
    const next = await sql<{ first: number; last: number }>`
    select extract(epoch from min(next_poll_at) - now())::float8 as first,
      extract(epoch from max(next_poll_at) - now())::float8 as last
    from job where request_id like 'r-%'`.execute(db)
    t.ok((next.rows[0]?.first ?? 0) > 0.2 && (next.rows[0]?.last ?? 999) < 130, JSON.stringify(next.rows))
  },
)

const failures = [
  'status-503',
  'status-cut',
  'status-garbage',
  'status-unknown-word',
  'result-503',
  'result-cut',
]

t.test('a look that fails is no verdict, however it fails', async (t) => {
  const bench = await startBench(t, { webhooks: false })
  const looks = failures.map(async (fault) => {
    const { id } = await bench.create({ model: 'flux-schnell', prompt: `weather [fault:${fault}]` })
    t.match(await bench.settled(id), { status: 'completed', archive: { status: 'archived' } }, fault)
  })
  await Promise.all(looks)
})

t.test('a result that the queue has forgotten is fetched from the stored payloads', async (t) => {
  const bench = await startBench(t, { webhooks: false })
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'memory [fault:result-expired]' })
  t.match(await bench.settled(id), { status: 'completed', archive: { status: 'archived' } })
  const line = bench.logLines.find((text) => text.includes('poll settled a job'))
  t.match(
    JSON.parse(line ?? '{}'),
    { level: 'info', jobId: id, outcome: 'completed', source: 'poll' },
    'said so',
  )
})

t.test('a result that is nowhere any more fails the job with RESULT_EXPIRED, and says so', async (t) => {
  const bench = await startBench(t, { webhooks: false })
  await bench.simulator.admin.down('platform')
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'oblivion [fault:result-expired]' })
  const { db } = bench.service.services.store
  await bench.until(id, (seen) => seen.fal.requestId !== null)
  // Platform trouble of a minute is waited out, in case the payload is still stored.
  await sql`update job set submitted_at = now() - interval '2 minutes', fal_completed_at = null where id = ${id.slice(4)}`.execute(
    db,
  )
  const job = await bench.until(id, (seen) => seen.status === 'failed')
  t.match(job, { error: { code: 'RESULT_EXPIRED', retryable: true } })
  t.ok(types(await bench.events(id)).includes('job.failed'))
})

t.test('with its webhook lost, a job is finished by the poll', async (t) => {
  const bench = await startBench(t, { environment: { POLL_MAX_SECONDS: '2' } })
  const { id } = await bench.create({
    model: 'flux-schnell',
    prompt: `silence ${newUuid()} [fault:webhook-lost]`,
  })
  t.match(await bench.settled(id), { status: 'completed' })
})
