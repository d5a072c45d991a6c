/** Each fault of cancelling does what its table says. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, submit } from '../fal-caller.ts'

async function running(test: Test, fault: string) {
  const simulator = await startSimulator()
  test.teardown(() => simulator.close())
  const { body } = await submit(simulator, 'fal-ai/flux/dev', { prompt: `a [fault:${fault}]` })
  simulator.clock.advance(0.5)
  const cancel = () => call(String(body.cancel_url), { method: 'PUT' })
  const result = () => call(String(body.response_url))
  return { simulator, cancel, result }
}

t.test('cancel-ignored: 202, and the request completes all the same', async (t) => {
  const { simulator, cancel, result } = await running(t, 'cancel-ignored')
  const answer = await cancel()
  t.equal(answer.statusCode, 202)
  t.strictSame(answer.body, { status: 'CANCELLATION_REQUESTED' })
  simulator.clock.advance(5)
  t.equal((await result()).statusCode, 200)
})

t.test('cancel-too-late: the completion wins', async (t) => {
  const { cancel, result } = await running(t, 'cancel-too-late')
  const answer = await cancel()
  t.equal(answer.statusCode, 400)
  t.strictSame(answer.body, { status: 'ALREADY_COMPLETED' })
  t.equal((await result()).statusCode, 200)
})

t.test('cancel-503: once, then it works', async (t) => {
  const { cancel, result } = await running(t, 'cancel-503')
  t.equal((await cancel()).statusCode, 503)
  t.equal((await cancel()).statusCode, 202)
  t.equal((await result()).statusCode, 499)
})

t.test('cancel-success-shape: the oldest documented answer', async (t) => {
  const { cancel } = await running(t, 'cancel-success-shape')
  const answer = await cancel()
  t.equal(answer.statusCode, 200)
  t.strictSame(answer.body, { success: true })
})
