/** The order of the webhook's checks is its defence: what is forged or foreign costs no query, and next to no fetch. */

import t from 'tap'
import { createMemoryBudget } from '../../../src/concurrency/memory-budget.ts'
import { createWebhookVerifier } from '../../../src/infra/fal/fal-webhook-verifier.ts'
import { makeReceiveWebhook } from '../../../src/jobs/run/receive-webhook.ts'
import type { Delivery } from '../../../src/ports/job-store.ts'
import { createSigner, quiet, serveKeys } from '../../infra/fal/key-server.ts'

const body = Buffer.from('{"request_id":"r-1","status":"OK","payload":{"images":[]}}')
const now = 1_790_000_000

async function setUp(t: Parameters<typeof serveKeys>[0], accountId: string | null = null) {
  const fal = createSigner()
  const keys = await serveKeys(t, { keys: [fal.jwk] })
  const clock = { now: () => now * 1_000 }
  const deliveries: Delivery[] = []
  const receive = makeReceiveWebhook({
    memory: createMemoryBudget(1_000_000),
    redact: (text) => text.replaceAll('fal-secret', '[FAL key]'),
    verifier: createWebhookVerifier({ jwksUrl: keys.url, allowLoopback: true, clock, log: quiet }),
    store: {
      async receive(delivery) {
        deliveries.push(delivery)
        return { type: 'waiting' }
      },
    },
    clock,
    ruleCost: () => null,
    log: quiet,
    accountId,
  })
  const call = (headers: Record<string, string>, text = body) =>
    receive({ headers, body: text, jobId: 'job_x', token: 'y' })
  return { fal, keys, deliveries, call }
}

t.test('a thousand forgeries cost no database work and one extra fetch', async (t) => {
  const { fal, keys, deliveries, call } = await setUp(t)
  t.match(await call(fal.headers(body, now)), { type: 'waiting' })
  const forger = createSigner()
  const forged = [
    () => forger.headers(body, now),
    () => fal.headers(Buffer.from('another body'), now),
    () => fal.headers(body, now - 3_600),
    () => ({}),
    () => ({ ...fal.headers(body, now), 'x-fal-webhook-user-id': 'somebody-else' }),
  ]
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => call(forged[n % forged.length]?.() ?? {})),
  )
  t.ok(answers.every((answer) => answer.type === 'rejected'))
  t.equal(deliveries.length, 1, 'only the real one reached the store')
  t.equal(keys.requests, 2, 'the key set was asked once more, not a thousand times')
})

t.test('a signed webhook of another account than the configured one costs no database work', async (t) => {
  const { fal, deliveries, call } = await setUp(t, 'ours')
  t.match(await call(fal.headers(body, now)), { type: 'foreign' })
  t.equal(deliveries.length, 0)
})

t.test('the configured account needs no learning', async (t) => {
  const { fal, deliveries, call } = await setUp(t, 'u-1')
  await call(fal.headers(body, now))
  t.match(deliveries, [{ requestId: 'r-1', accountIsPinned: true, jobId: 'job_x', token: 'y' }])
})

t.test('while no key set can be had FAL is told to try again, and nothing is stored', async (t) => {
  const { fal, keys, deliveries, call } = await setUp(t)
  keys.answer = 503
  t.match(await call(fal.headers(body, now)), { type: 'no_keys' })
  t.equal(deliveries.length, 0)
})
