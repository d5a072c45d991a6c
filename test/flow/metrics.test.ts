/** The operator's view: after real jobs every metric that a job feeds has data, and no label is made up by callers. */
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
