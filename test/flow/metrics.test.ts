/** The operator's view: after real jobs every metric that a job feeds has data, and no label is made up by callers. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startBench } from '../support/service.ts'

t.test('a finished job shows in the metrics of each of its stages', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a quiet street' })
  await bench.settled(id)
  await bench.call('GET', '/no/such/path/at/all')
  const { status, headers, body } = await bench.call('GET', '/metrics', undefined, { authorization: '' })
  t.equal(status, 200)
  t.match(headers.get('content-type'), 'text/plain')
  const text = String(body)
  for (const line of [
    /^fal_jobs_created_total\{model="flux-schnell"\} 1$/m,
    /^fal_jobs_finished_total\{model="flux-schnell",status="completed",code="none"\} 1$/m,
    /^fal_jobs_submits_total\{answer="accepted"\} 1$/m,
    /^fal_jobs_webhooks_total\{verdict="applied"\} 1$/m,
    /^fal_jobs_stage_seconds_count\{stage="submit",kind="image"\} 1$/m,
    /^fal_jobs_stage_seconds_count\{stage="queue",kind="image"\} 1$/m,
    /^fal_jobs_stage_seconds_count\{stage="inference",kind="image"\} 1$/m,
    /^fal_jobs_stage_seconds_count\{stage="settle",kind="image"\} 1$/m,
    /^fal_jobs_stage_seconds_count\{stage="fal",kind="image"\} 1$/m,
    /^fal_jobs_stage_seconds_count\{stage="archive",kind="image"\} 1$/m,
    /^fal_jobs_stage_seconds_count\{stage="total",kind="image"\} 1$/m,
    /^fal_jobs_archived_bytes_total\{kind="image"\} [1-9]/m,
    /^fal_jobs_http_request_seconds_count\{method="POST",route="\/api\/jobs",status="202"\} 1$/m,
    /^fal_jobs_http_request_seconds_count\{method="GET",route="\(none\)",status="404"\} 1$/m,
    /^fal_jobs_snapshot_ok 1$/m,
    /^fal_jobs_key_set_keys [1-9]/m,
    /^nodejs_eventloop_lag_seconds /m,
  ]) {
    t.match(text, line)
  }
  t.notMatch(text, /no\/such\/path/)
})

t.test(
  'credits and turns show: what was granted, reserved, captured and released, and why jobs wait',
  async (t) => {
    const bench = await startBench(t, { environment: { CREDITS: 'enforced', FAL_MAX_IN_FLIGHT: '1' } })
    const grant = { amountMicros: 1_000_000, reason: 'a test' }
    t.equal((await bench.call('POST', '/api/credits/grants', grant)).status, 201)
    const held = await bench.create({ model: 'flux-schnell', prompt: 'first [fault:slow]' })
    await bench.until(held.id, ({ status }) => status === 'running')
    const failing = await bench.create({ model: 'flux-schnell', prompt: 'a fall [fault:model-error]' })
    const shown = async (name: string): Promise<Record<string, number>> => {
      const text = String((await bench.call('GET', '/metrics')).body)
      const lines = text.matchAll(new RegExp(`^${name}\\{\\w+="(\\w+)"\\} (\\d+)$`, 'gm'))
      return Object.fromEntries([...lines].map(([, label, value]) => [label, Number(value)]))
    }
    t.strictSame(await shown('fal_jobs_turns_waiting'), { places: 1, cap: 0 })
    t.strictSame(await shown('fal_jobs_places'), { limit: 1, taken: 1 })

    t.equal((await bench.settled(held.id)).status, 'completed')
    t.equal((await bench.settled(failing.id)).status, 'failed')
    // The exposition of a second is shared.
    await sleep(1_000)
    const each = (await bench.get(held.id)).cost.chargedMicros ?? 0
    t.ok(each > 0)
    t.strictSame(await shown('fal_jobs_credits_micros_total'), {
      granted: 1_000_000,
      reserved: 2 * each,
      captured: each,
      released: each,
    })
    t.strictSame(await shown('fal_jobs_turns_waiting'), { places: 0, cap: 0 })
  },
)
