/** Submits whose answer is lost, with the real service and the simulator: found by webhook, by FAL's list, or given up by policy. */
import t from 'tap'
import { startBench } from '../support/service.ts'

// Most of each test is waiting.
t.jobs = 3

const types = (events: Record<string, unknown>[]) => events.map((event) => event.type)

t.test('accepted, then cut: the webhook that names the job settles it, and FAL is paid once', async (t) => {
  const bench = await startBench(t)
  const prompt = 'a reef [fault:submit-cut-after]'
  const job = await bench.settled((await bench.create({ model: 'flux-schnell', prompt })).id)
  t.match(job, { status: 'completed', archive: { status: 'archived' } })
  t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
})

t.test("accepted, then cut, without webhooks: FAL's list settles it, and FAL is paid once", async (t) => {
  const bench = await startBench(t, { webhooks: false })
  const prompt = 'a dune [fault:submit-cut-after]'
  const { id } = await bench.create({ model: 'flux-schnell', prompt })
  const job = await bench.settled(id)
  t.match(job, { status: 'completed', submission: 'accepted', archive: { status: 'archived' } })
  t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
  t.ok(types(await bench.events(id)).includes('job.submit_uncertain'), 'said in the history')
})

t.test('an answer that is no JSON is settled the same way', async (t) => {
  const bench = await startBench(t, { webhooks: false })
  const prompt = 'a fjord [fault:submit-garbage]'
  const job = await bench.settled((await bench.create({ model: 'flux-schnell', prompt })).id)
  t.match(job, { status: 'completed' })
  t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
})

t.test('of two twins that were cut each finds a request of its own', async (t) => {
  const bench = await startBench(t, { webhooks: false })
  const prompt = 'twins [fault:submit-cut-after*2]'
  const identicalJobs = await Promise.all([1, 2].map(() => bench.create({ model: 'flux-schnell', prompt })))
  const jobs = await Promise.all(identicalJobs.map(({ id }) => bench.settled(id)))
  t.strictSame(
    jobs.map((job) => job.status),
    ['completed', 'completed'],
  )
  t.equal(new Set(jobs.map((job) => job.fal.requestId)).size, 2)
  t.equal(bench.simulator.admin.acceptedFor(prompt), 2)
})

t.test('never accepted: given up by policy `fail`, with its reason, and never sent again', async (t) => {
  const bench = await startBench(t, { environment: { SUBMIT_UNCERTAIN_SECONDS: '1' } })
  const prompt = 'a void [fault:submit-cut-before]'
  const { id } = await bench.create({ model: 'flux-schnell', prompt })
  const job = await bench.settled(id)
  t.match(job, {
    status: 'failed',
    submission: 'uncertain',
    error: { code: 'SUBMIT_UNCERTAIN', retryable: true },
  })
  t.equal(bench.simulator.admin.totals().submits, 1)
  t.equal(bench.simulator.admin.acceptedFor(prompt), 0)
})

t.test('never accepted: sent again by policy `resubmit`', async (t) => {
  const bench = await startBench(t, {
    environment: { SUBMIT_UNCERTAIN_SECONDS: '1', SUBMIT_UNCERTAIN_POLICY: 'resubmit' },
  })
  const prompt = 'a second chance [fault:submit-cut-before]'
  const { id } = await bench.create({ model: 'flux-schnell', prompt })
  t.match(await bench.settled(id), { status: 'completed' })
  t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
})

t.test(
  'a webhook that comes after the job was given up still brings the render to the archive',
  async (t) => {
    const bench = await startBench(t, { environment: { SUBMIT_UNCERTAIN_SECONDS: '1' } })
    // The Platform API is down, so that the list cannot tell.
    await bench.simulator.admin.down('platform')
    const prompt = 'a latecomer [fault:submit-cut-after] [fault:webhook-lost]'
    const { id } = await bench.create({ model: 'flux-schnell', prompt })
    await bench.until(id, (job) => job.status === 'failed')
    const [request] = bench.simulator.admin.state().requests.filter((seen) => seen.prompt === prompt)
    await bench.simulator.admin.resendWebhook(request?.requestId ?? '')
    const job = await bench.until(id, (seen) => seen.archive.status === 'archived')
    t.match(job, { status: 'failed', error: { code: 'SUBMIT_UNCERTAIN' } })
    t.ok(types(await bench.events(id)).includes('job.result_late'))
  },
)

t.test('told to come back later (429, 503), a job is sent again and paid once', async (t) => {
  const bench = await startBench(t)
  for (const fault of ['submit-429', 'submit-503']) {
    const prompt = `patience [fault:${fault}]`
    const { id } = await bench.create({ model: 'flux-schnell', prompt })
    t.match(await bench.settled(id), { status: 'completed' }, fault)
    t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
    t.ok(types(await bench.events(id)).includes('job.submit_delayed'))
  }
})

t.test(
  'a deadline that passes while FAL holds the answer back ends the job; its render is kept',
  async (t) => {
    const bench = await startBench(t)
    const prompt = 'slow [fault:submit-slow=4] [fault:webhook-lost]'
    const { id } = await bench.create({ model: 'flux-schnell', prompt, deadlineSeconds: 2 })
    const job = await bench.until(id, (seen) => seen.status !== 'pending' && seen.status !== 'running')
    t.match(job, { status: 'failed', error: { code: 'DEADLINE' } })
    const late = await bench.until(id, (seen) => seen.fal.requestId !== null)
    t.equal(late.status, 'failed')
    t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
  },
)
