/** The simulator carries what the service's tests and benches put on it. */

import t from 'tap'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { startReceiver, submit, until } from './fal-caller.ts'

t.test('2,000 requests queued at once all complete, each with one genuine webhook', async (t) => {
  const simulator = await startSimulator({
    speed: 10,
    script: { settings: { fastSigner: true, imageSeconds: 20 } },
  })
  const receiver = await startReceiver()
  t.teardown(() => simulator.close())
  t.teardown(() => receiver.close())
  const count = 2000
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      submit(
        simulator,
        'fal-ai/flux/schnell',
        { prompt: `p${i}`, image_size: { width: 64, height: 64 } },
        { webhook: receiver.url },
      ),
    ),
  )
  t.equal(new Set(answers.map(({ body }) => body.request_id)).size, count)
  simulator.clock.advance(60)
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
