/** What FAL usually takes is learned from the jobs that completed and steers the estimate. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { medianSeconds } from '../../src/infra/postgres/maintenance/median-run-times.ts'
import { makeUsualSeconds } from '../../src/jobs/create/usual-run-times.ts'
import { startJobBench } from '../http/job-bench.ts'

const image = { model: 'flux-schnell', prompt: 'a lighthouse', archive: false }

t.test('the median of the last jobs of an endpoint, once there are three', async (t) => {
  const bench = await startJobBench(t)
  const { db } = bench.service.services.store
  for (let n = 0; n < 2; n++) await bench.settled((await bench.create(image)).id)
  t.equal(await medianSeconds(db, 'fal-ai/flux/schnell'), null)
  await bench.settled((await bench.create(image)).id)
  await bench.query("update job set submitted_at = completed_at - interval '40 seconds'")
  t.equal(await medianSeconds(db, 'fal-ai/flux/schnell'), 40)
  t.equal(await medianSeconds(db, 'fal-ai/other'), null)
})

t.test('progress and the time left move while a job runs, and progress never goes back', async (t) => {
  const faults = [{ fault: 'stuck' }]
  const bench = await startJobBench(t, { simulator: { script: { faults } } })
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'never ends' })
  const first = await bench.until(id, (job) => job.progress > 0 && job.etaSeconds !== null)
  const later = await bench.until(id, (job) => job.progress > first.progress)
  const looked = (await bench.call('POST', `/api/jobs/${id}/poll`)).body
  t.ok(looked.progress >= later.progress, 'a look tells no less than was shown before')
  t.ok((later.etaSeconds ?? 0) >= 1)
})

t.test('a create never waits for the usual time: it is there for the next one', async (t) => {
  const asked: string[] = []
  let now = 0
  const usualSeconds = makeUsualSeconds({
    async lookUp(endpointId) {
      asked.push(endpointId)
      return asked.length
    },
    clock: { now: () => now },
    log: { warn: () => undefined },
  })
  t.equal(usualSeconds('a/b'), null)
  await sleep(0)
  t.equal(usualSeconds('a/b'), 1)
  now = 61_000
  t.equal(usualSeconds('a/b'), 1, 'the old one while the new one is looked up')
  await sleep(0)
  t.equal(usualSeconds('a/b'), 2)
  t.same(asked, ['a/b', 'a/b'])
})
