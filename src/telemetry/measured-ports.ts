/** Wraps ports with metrics, so that use cases and adapters contain none. */

import type { JudgeHeaders, ReceiveWebhook } from '../jobs/run/receive-webhook.ts'
import type { CreditStore } from '../ports/credits.ts'
import type { Metrics } from './metrics.ts'

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

export function measuredWebhook(receive: ReceiveWebhook, metrics: Metrics): ReceiveWebhook {
  return async (call) => {
    const answer = await receive(call)
    metrics.webhook(answer.type)
    return answer
  }
}

export function measuredHeaders(judge: JudgeHeaders, metrics: Metrics): JudgeHeaders {
  return (headers) => {
    const answer = judge(headers)
    if (answer !== null) metrics.webhook(answer.type)
    return answer
  }
}
