/** Results and lists of FAL's that are large: read where they can be, a definite end where not, and never paid twice. */
import t from 'tap'
import { startBench } from '../support/service.ts'

const model = 'fal-ai/flux/dev'

t.test('a result above the limit fails the job at once, for good, and is charged', async (t) => {
  const bench = await startBench(t, {
    environment: { FAL_RESULT_MAX_BYTES: '1000000', CREDITS: 'enforced', POLL_MAX_SECONDS: '1' },
  })
  await bench.call('POST', '/api/credits/grants', { amountMicros: 10_000_000, reason: 'test' })
  const prompt = 'x [fault:oversize-result=8000000] [fault:webhook-lost]'
  const created = await bench.create({ model, prompt })
  const job = await bench.settled(created.id, 10_000)
  t.match(job, { status: 'failed', error: { code: 'RESULT_TOO_LARGE', retryable: false } })
  t.match(job.error?.message, /800\d{4} bytes, more than the 1000000 bytes/)
  const { body: credits } = await bench.call('GET', '/api/credits')
  t.equal(credits.reservedMicros, 0)
  t.equal(10_000_000 - credits.balanceMicros, created.cost.estimatedMicros, 'charged')
  t.equal(job.cost.chargedMicros, created.cost.estimatedMicros)
  t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
})

t.test('a lost submit is found in a list larger than a page may be, and is never paid twice', async (t) => {
  const bench = await startBench(t, {
    webhooks: false,
    environment: {
      SUBMIT_UNCERTAIN_SECONDS: '2',
      SUBMIT_UNCERTAIN_POLICY: 'resubmit',
      POLL_MAX_SECONDS: '1',
    },
  })
  const prompt = 'x [fault:submit-cut-after] [fault:oversize-result=10000000]'
  const { id } = await bench.create({ model, prompt })
  const job = await bench.until(id, ({ status }) => status !== 'pending' && status !== 'running', 10_000)
  t.equal(job.status, 'completed')
  t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
})
