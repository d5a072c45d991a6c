/** The simulator carries what the service's tests and benches put on it. */

import t from 'tap'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { startReceiver, submit, until } from './fal-caller.ts'

t.test('2,000 requests queued at once all complete, each with one genuine webhook', async (t) => {
  const simulator = await startSimulator({
    speed: 10,
    script: { settings: { fastSigner: true, imageSeconds: 200 } },
  })
  const receiver = await startReceiver()
  t.teardown(() => simulator.close())
  t.teardown(() => receiver.close())
  const count = 2000
  // As many at once as a server's backlog of connections holds.
  const prompts = Array.from({ length: count }, (_, i) => `p${i}`).values()
  const answers: Awaited<ReturnType<typeof submit>>[] = []
  const lane = async () => {
    for (const prompt of prompts) {
      const input = { prompt, image_size: { width: 64, height: 64 } }
      answers.push(await submit(simulator, 'fal-ai/flux/schnell', input, { webhook: receiver.url }))
    }
  }
  await Promise.all(Array.from({ length: 200 }, lane))
  t.equal(new Set(answers.map(({ body }) => body.request_id)).size, count)
  simulator.clock.advance(600)
  await until(() => simulator.admin.totals().webhooksTaken >= count, 'all webhooks', 60_000)
  t.equal(receiver.received.length, count)
  t.equal(new Set(receiver.received.map(({ body }) => body.request_id)).size, count)
  t.match(simulator.admin.totals(), {
    submits: count,
    accepted: count,
    completed: count,
    webhooksTaken: count,
  })
})
