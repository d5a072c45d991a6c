/** FAL down: a crowd of jobs asks it only now and then, and all go through once it is back. */
import t from 'tap'
import { startBench } from '../support/service.ts'

t.test('while FAL answers 503, submits are held back; afterwards every job ends', async (t) => {
  const bench = await startBench(t, { simulator: { speed: 40 }, environment: { LOG_LEVEL: 'warn' } })
  bench.simulator.admin.down('503')
  const jobs = await Promise.all(
    Array.from({ length: 40 }, () => bench.create({ model: 'flux-schnell', prompt: 'a storm' })),
  )
  const held = /^fal_jobs_submits_held 1$/m
  for (let n = 0; n < 400; n++) {
    if (held.test(String((await bench.call('GET', '/metrics')).body))) break
    await new Promise((settle) => setTimeout(settle, 20))
  }
  const { body: exposed } = await bench.call('GET', '/metrics')
  t.match(exposed, held)
  const tries = Number(/fal_jobs_submits_total\{answer="later"\} (\d+)/.exec(String(exposed))?.[1])
  t.ok(tries < jobs.length, `${tries} tries for ${jobs.length} jobs`)
  bench.simulator.admin.up()
  for (const { id } of jobs) t.equal((await bench.settled(id)).status, 'completed')
  // The exposition of a second is shared.
  await new Promise((settle) => setTimeout(settle, 1_000))
  t.match((await bench.call('GET', '/metrics')).body, /^fal_jobs_submits_held 0$/m)
})
