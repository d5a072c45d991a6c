/** Webhook: verified, durable and settled, against a handler that verifies and inserts one row. */
import { alternate, type Comparison } from '../load/compare.ts'
import { type LoadResult, load } from '../load/load.ts'
import { seedRunning } from '../load/seed-jobs.ts'
import { createWebhookSigner, type SignedWebhook } from '../load/signed-webhooks.ts'
import type { Setting } from '../servers/setting.ts'

export async function benchWebhook(
  setting: Setting,
  rounds: number,
  perRound: number,
): Promise<Comparison[]> {
  const signer = await createWebhookSigner()
  const ours = await setting.service({ ROLE: 'api', FAL_JWKS_URL: signer.jwksUrl })
  const floor = await setting.floor({ JWK: signer.jwk })
  let label = 0
  const batch = async () =>
    (await seedRunning(setting.pool, perRound, `webhook${++label}`)).map((job) => signer.sign(job))
  const comparison = await alternate(
    'webhook, 64 connections',
    rounds,
    async () => deliveries(ours.url, await batch()),
    async () => {
      const webhooks = await batch()
      return deliveries(
        floor.url,
        webhooks.map((webhook) => ({ ...webhook, path: '/webhook' })),
      )
    },
  )
  await ours.stop()
  await floor.stop()
  signer.close()
  return [comparison]
}

/** Each delivery once: the time it took decides, not a clock. */
export async function deliveries(url: string, batch: readonly SignedWebhook[]): Promise<LoadResult> {
  return load({
    url,
    connections: 64,
    seconds: 3_600,
    expect: 200,
    request: (n) => {
      const webhook = batch[n]
      return webhook === undefined ? null : { method: 'POST', ...webhook }
    },
  })
}
