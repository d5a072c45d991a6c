/** Webhook: verified, durable and settled, against a handler that verifies and inserts one row; and under forgeries. */
import { alternate, type Comparison } from './compare.ts'
import { type LoadResult, load, median } from './load.ts'
import { type SeededJob, seedRunning } from './seed-jobs.ts'
import type { Setting } from './setting.ts'
import { createWebhookSigner, type SignedWebhook } from './signed-webhooks.ts'

const connections = 64
let label = 0

export async function benchWebhook(
  setting: Setting,
  rounds: number,
  perRound: number,
): Promise<Comparison[]> {
  const signer = await createWebhookSigner()
  const ours = await setting.service({ ROLE: 'api', FAL_JWKS_URL: signer.jwksUrl })
  const floor = await setting.floor({ JWK: signer.jwk })
  const comparison = await alternate(
    'webhook, 64 connections',
    rounds,
    async () => deliver(ours.url, await signedBatch(setting, perRound, signer.sign)),
    async () => {
      const batch = await signedBatch(setting, perRound, signer.sign)
      return deliver(
        floor.url,
        batch.map((webhook) => ({ ...webhook, path: '/webhook' })),
      )
    },
  )
  await ours.stop()
  await floor.stop()
  signer.close()
  return [comparison]
}

async function signedBatch(
  setting: Setting,
  count: number,
  sign: (job: SeededJob) => SignedWebhook,
): Promise<SignedWebhook[]> {
  const jobs = await seedRunning(setting.pool, count, `bench${++label}`)
  return jobs.map(sign)
}

/** Each delivery once: the time it took decides, not a clock. */
async function deliver(url: string, batch: SignedWebhook[]): Promise<LoadResult> {
  let left = batch.length
  const begun = performance.now()
  const result = await load({
    url,
    connections,
    seconds: 3_600,
    expect: 200,
    stopWhen: () => left <= 0,
    request: (n) => {
      left--
      const webhook = batch[n % batch.length]
      if (webhook === undefined) throw new Error('an empty batch')
      return { method: 'POST', ...webhook }
    },
  })
  return { ...result, perSecond: result.count / ((performance.now() - begun) / 1000) }
}

/** Honest status requests alone, and while forged webhooks pour in: what is left of their rate. */
export async function benchForgeries(setting: Setting, rounds: number, seconds: number): Promise<string[]> {
  const signer = await createWebhookSigner()
  const ours = await setting.service({ ROLE: 'api', FAL_JWKS_URL: signer.jwksUrl })
  const [job] = await seedRunning(setting.pool, 1, `forged${++label}`)
  if (job === undefined) throw new Error('no job')
  const { apiKey } = await import('./setting.ts')
  const honest = () =>
    load({
      url: ours.url,
      connections: 16,
      seconds,
      expect: 200,
      request: () => ({
        method: 'GET',
        path: `/api/jobs/${job.id}`,
        headers: { authorization: `Bearer ${apiKey}` },
      }),
    })
  const forged = signer.forge(job)
  const flood = () =>
    load({
      url: ours.url,
      connections: 16,
      seconds,
      expect: 401,
      request: () => ({ method: 'POST', ...forged }),
    })
  await honest()
  const alone: number[] = []
  const during: number[] = []
  const refused: number[] = []
  for (let round = 0; round < rounds; round++) {
    alone.push((await honest()).perSecond)
    const [kept, sent] = await Promise.all([honest(), flood()])
    during.push(kept.perSecond)
    refused.push(sent.perSecond)
  }
  await ours.stop()
  signer.close()
  return [
    `| honest requests during a flood of forgeries | ${Math.round(median(during))}/s | ${Math.round(median(alone))}/s alone | ${(median(during) / median(alone)).toFixed(2)} | ${Math.round(median(refused))} forgeries refused/s |`,
  ]
}
