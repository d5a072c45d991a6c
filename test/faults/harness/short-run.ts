/** The short form: seconds of misfortune, one to three replicas, a few dozen jobs; what differs comes from the seed. */
import type { CampaignOptions } from './campaign.ts'

export const shortRun = (seed: number): CampaignOptions => ({
  seed,
  replicas: 1 + (seed % 3),
  jobs: 24,
  lastsMs: 7_000,
  pauseMs: 1_500,
  faultRate: 0.35,
  callbackFailRate: 0,
  settleMs: 45_000,
})
