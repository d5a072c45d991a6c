/** Puts measuring around ports: the use cases and the adapters stay free of it. */

import type { ReceiveWebhook } from '../jobs/run/receive-webhook.ts'
import type { CreditStore } from '../ports/credits.ts'
import type { Fal } from '../ports/fal.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { Metrics } from './metrics.ts'

/** Every committed change is counted once, by the process that made it. */
export function measuredStore(store: JobStore, metrics: Metrics): JobStore {
  return {
    ...store,
    async create(job, ...rest) {
      const answer = await store.create(job, ...rest)
      if (answer.type === 'created') metrics.created(answer.job)
      return answer
    },
    async record(jobId, decide, options) {
      const recorded = await store.record(jobId, decide, options)
      if (recorded !== null) metrics.changed(recorded)
      return recorded
    },
    async receive(delivery, decide) {
      const verdict = await store.receive(delivery, decide)
      if (verdict.type === 'applied') metrics.changed(verdict)
      return verdict
    },
  }
}

export function measuredCredits(credits: CreditStore, metrics: Metrics): CreditStore {
  return {
    ...credits,
    async grant(grant, now) {
      const answer = await credits.grant(grant, now)
      if (answer.type === 'granted') metrics.granted(answer.entry.balanceChange)
      return answer
    },
  }
}

export function measuredFal<F extends Fal>(fal: F, metrics: Metrics): F {
  return {
    ...fal,
    async submit(request) {
      const answer = await fal.submit(request)
      metrics.submitted(answer.type)
      return answer
    },
    async look(ref, options) {
      const outcome = await fal.look(ref, options)
      metrics.looked(outcome.type)
      return outcome
    },
  } satisfies Fal as F
}

export function measuredWebhook(receive: ReceiveWebhook, metrics: Metrics): ReceiveWebhook {
  return async (call) => {
    const answer = await receive(call)
    metrics.webhook(answer.type)
    return answer
  }
}
