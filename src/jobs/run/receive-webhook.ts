/** FAL's webhook: verified, then made durable together with what it settles. Nothing forged costs a query or a fetch. */
import type { Fact } from '../../domain/facts.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import { factsOfOutcome } from '../../domain/outcome/facts-of-outcome.ts'
import { outcomeOfWebhook, type WebhookReading } from '../../domain/outcome/webhook-outcome.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Delivery, DeliveryVerdict, JobStore, WaitingDelivery } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { WebhookVerifier } from '../../ports/webhook-verifier.ts'
import type { ActualCost } from './actual-cost.ts'

export interface ReceiveWebhookDeps {
  verifier: WebhookVerifier
  store: Pick<JobStore, 'receive'>
  clock: Clock
  actualCost: ActualCost
  log: Logger
  /** The account whose webhooks we believe; null: learned from the first delivery for a job of ours. */
  accountId: string | null
}

export interface WebhookCall {
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  /** Exactly as it arrived. */
  body: Buffer
  /** From our own webhook URL; FAL signs neither, so they only count when the token is right. */
  jobId: string | null
  token: string | null
}

export type WebhookAnswer =
  | DeliveryVerdict
  | { type: 'rejected'; reason: string }
  | { type: 'no_keys'; reason: string }

export type ReceiveWebhook = (call: WebhookCall) => Promise<WebhookAnswer>

export function makeReceiveWebhook(deps: ReceiveWebhookDeps): ReceiveWebhook {
  const { verifier, store, clock, log } = deps

  return async function receiveWebhook(call) {
    const verdict = await verifier.verify(call.headers, call.body)
    if (verdict.type !== 'verified') return verdict
    if (deps.accountId !== null && verdict.falUserId !== deps.accountId) return { type: 'foreign' }
    const reading = outcomeOfWebhook(call.body.toString('utf8'))
    if (reading.outcome.type === 'unknown') {
      log.warn(
        { requestId: verdict.requestId, reason: reading.outcome.reason },
        'a signed webhook with an unusable body',
      )
    }
    const delivery: Delivery = {
      requestId: verdict.requestId,
      falUserId: verdict.falUserId,
      sentAt: verdict.timestamp * 1000,
      jobId: call.jobId,
      token: call.token,
      accountIsPinned: deps.accountId !== null,
      body: call.body,
    }
    return store.receive(delivery, (job) => factsOf(job, delivery, reading))
  }

  function factsOf(job: Job, delivery: Delivery, reading: WebhookReading): Fact[] {
    const { falUserId } = delivery
    const facts = factsOfOutcome(reading.outcome, job, {
      now: clock.now(),
      falUserId,
      actualCost: deps.actualCost,
    })
    if (job.requestId === delivery.requestId) return facts.length > 0 ? facts : unreadable(job, reading)
    if (job.requestId !== null) return ofSecondRequest(job, facts)
    // It came before the submit answer was saved: it is that answer, as far as it goes.
    const request = {
      requestId: delivery.requestId,
      gatewayRequestId: reading.gatewayRequestId,
      statusUrl: null,
      responseUrl: null,
      cancelUrl: null,
      queuePosition: null,
      falKeyRef: null,
    }
    return [{ type: 'submitted', request }, ...facts]
  }
}

/** FAL had something to say about the request, whatever it was: the queue will tell. */
function unreadable(job: Job, { outcome }: WebhookReading): Fact[] {
  const open = outcome.type === 'unknown' && !isFinal(job.status)
  return open ? [{ type: 'result_awaited', reason: 'doubtful' }] : []
}

/** A job that was sent again by policy has two requests: the first result is its result, no failure of one ends it. */
function ofSecondRequest(job: Job, facts: Fact[]): Fact[] {
  if (job.submitAttempts < 2 || isFinal(job.status)) return []
  return facts.filter((fact) => fact.type === 'completed')
}

/** What a delivery that waited in the inbox says about the job it is for. */
export function factsOfDelivery(
  delivery: WaitingDelivery,
  job: Job,
  context: { now: number; actualCost: ActualCost },
): Fact[] {
  const { outcome } = outcomeOfWebhook(delivery.body.toString('utf8'))
  return factsOfOutcome(outcome, job, { ...context, falUserId: delivery.falUserId })
}
