/** Forgeries: how many a second are refused, and what honest requests suffer meanwhile. */
import { type LoadResult, median } from '../load/load.ts'
import { loadElsewhere } from '../load/load-child.ts'
import { type SeededJob, seedRunning } from '../load/seed-jobs.ts'
import { createWebhookSigner, type WebhookSigner } from '../load/signed-webhooks.ts'
import type { Setting } from '../servers/setting.ts'
import { looks } from './status.ts'

export interface UnderForgeries {
  alone: LoadResult[]
  during: LoadResult[]
  refused: LoadResult[]
}

export interface ForgeriesOptions {
  url: string
  signer: WebhookSigner
  /** Looked at, and named by the forgeries. */
  jobs: readonly SeededJob[]
  seconds: number
}

export async function benchForgeries(
  setting: Setting,
  rounds: number,
  seconds: number,
): Promise<UnderForgeries> {
  const signer = await createWebhookSigner()
  const ours = await setting.service({ ROLE: 'api', FAL_JWKS_URL: signer.jwksUrl })
  const jobs = await seedRunning(setting.pool, 200, 'forged')
  const round = { url: ours.url, signer, jobs, seconds }
  await honest(round)
  const result: UnderForgeries = { alone: [], during: [], refused: [] }
  for (let n = 0; n < rounds; n++) {
    result.alone.push(await honest(round))
    const { during, refused } = await underForgeries(round)
    result.during.push(during)
    result.refused.push(refused)
  }
  await ours.stop()
  signer.close()
  return result
}

/** Honest looks at jobs while a process of its own sends forgeries as fast as they are refused. */
export async function underForgeries(
  options: ForgeriesOptions,
): Promise<{ during: LoadResult; refused: LoadResult }> {
  const { url, signer, jobs, seconds } = options
  const flood = await loadElsewhere({
    url,
    connections: 128,
    seconds: seconds + 0.5,
    expect: 401,
    requests: jobs.slice(0, 200).map((job) => ({ method: 'POST' as const, ...signer.forge(job) })),
  })
  const during = await honest(options)
  return { during, refused: await flood.ended }
}

const honest = ({ url, jobs, seconds }: ForgeriesOptions): Promise<LoadResult> =>
  looks(
    { url, seconds },
    jobs.map(({ id }) => id),
  )

/** What honest requests keep of their rate: the median of the rounds' own ratios. */
export const kept = ({ alone, during }: UnderForgeries): number =>
  median(during.map(({ perSecond }, round) => perSecond / (alone[round]?.perSecond ?? Number.NaN)))
