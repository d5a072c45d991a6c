/**
 * Receives FAL's webhook: verifies it, then stores it in the transaction that settles the job. Invariant: a forged
 * webhook causes no query and no outbound request.
 */
import { type Fact, requestKnownById } from '../../domain/facts.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import { factsOfOutcome } from '../../domain/outcome/facts-of-outcome.ts'
import { outcomeOfWebhook, type WebhookReading } from '../../domain/outcome/webhook-outcome.ts'
import type { Clock } from '../../ports/clock.ts'
import { isUnstorable } from '../../ports/database-trouble.ts'
import type { Delivery, DeliveryVerdict, JobStore, WaitingDelivery } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import { copiesInMemory, type MemoryBudget } from '../../ports/memory-budget.ts'
import type { WebhookVerifier } from '../../ports/webhook-verifier.ts'
import { readAgain, unstorableText, without } from './record-storable.ts'
import type { RuleCost } from './rule-cost.ts'

export interface ReceiveWebhookDeps {
  verifier: WebhookVerifier
  /** The text without our FAL keys, which a model may echo. */
  redact: (text: string) => string
  store: Pick<JobStore, 'receive'>
  clock: Clock
  ruleCost: RuleCost
  memory: Pick<MemoryBudget, 'reserve'>
  log: Logger
  /** The FAL account whose webhooks are accepted; null: learned from the first delivery for one of our jobs. */
  accountId: string | null
}

export interface WebhookCall {
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  /** The exact bytes received. */
  body: Buffer
  /** From our own webhook URL. FAL signs neither, so they count only with the right token. */
  jobId: string | null
  token: string | null
}

export type WebhookAnswer =
  | DeliveryVerdict
  | { type: 'rejected'; reason: string }
  | { type: 'no_keys'; reason: string }

export type ReceiveWebhook = (call: WebhookCall) => Promise<WebhookAnswer>

const notableBytes = 256 * 1024
/** FAL gives up after 15 s. */
const memoryWaitMs = 8_000

/** The refusal of a delivery whose headers alone show that it cannot be accepted; null: its body decides. */
export type JudgeHeaders = (
  headers: WebhookCall['headers'],
) => Extract<WebhookAnswer, { type: 'rejected' | 'foreign' }> | null

/** Costs no query, so that it may precede the reading of a body. */
export function makeJudgeHeaders({
  verifier,
  accountId,
}: Pick<ReceiveWebhookDeps, 'verifier' | 'accountId'>): JudgeHeaders {
  return function judgeHeaders(headers) {
    const read = verifier.readHeaders(headers)
    if ('rejected' in read) return { type: 'rejected', reason: read.rejected }
    return accountId !== null && read.falUserId !== accountId ? { type: 'foreign' } : null
  }
}

export function makeReceiveWebhook(deps: ReceiveWebhookDeps): ReceiveWebhook {
  const { verifier, redact, store, clock, log } = deps

  return async function receiveWebhook(call) {
    const verdict = await verifier.verify(call.headers, call.body)
    if (verdict.type !== 'verified') return verdict
    if (deps.accountId !== null && verdict.falUserId !== deps.accountId) return { type: 'foreign' }
    using _held = await memoryFor(call.body)
    const received = call.body.toString('utf8')
    const text = redact(received)
    const reading = outcomeOfWebhook(text)
    if (reading.outcome.type === 'unknown') {
      log.warn(
        { requestId: verdict.requestId, reason: reading.outcome.reason },
        'signed webhook with an unusable body',
      )
    }
    const delivery: Delivery = {
      requestId: verdict.requestId,
      falUserId: verdict.falUserId,
      sentAt: verdict.timestamp * 1000,
      jobId: call.jobId,
      token: call.token,
      accountIsPinned: deps.accountId !== null,
      body: text === received ? call.body : Buffer.from(text),
    }
    const decide = (job: Job) => factsOf(job, delivery, reading)
    try {
      return await store.receive(delivery, decide)
    } catch (error) {
      if (!isUnstorable(error)) throw error
      log.error({ err: error, requestId: verdict.requestId }, unstorableText)
      return await store.receive(delivery, (job) => decide(job).map(without(readAgain)))
    }
  }

  /** A large delivery is read, settled and stored once there is memory for it; FAL repeats one that finds none. */
  async function memoryFor(body: Buffer): Promise<Disposable> {
    const release =
      body.length < notableBytes
        ? () => undefined
        : await deps.memory.reserve(body.length * copiesInMemory, { withinMs: memoryWaitMs })
    return { [Symbol.dispose]: release }
  }

  function factsOf(job: Job, delivery: Delivery, reading: WebhookReading): Fact[] {
    const { falUserId } = delivery
    const facts = factsOfOutcome(reading.outcome, job, {
      now: clock.now(),
      falUserId,
      ruleCost: deps.ruleCost,
    })
    if (job.requestId === delivery.requestId) return facts.length > 0 ? facts : unreadable(job, reading)
    if (job.requestId !== null) return ofSecondRequest(job, facts)
    // The webhook came before the submit answer was saved, so it also proves that FAL accepted the request.
    const request = requestKnownById(delivery.requestId, reading.gatewayRequestId)
    return [{ type: 'submitted', request }, ...facts]
  }
}

/** FAL reported on the request in a form we do not know: the poll will read the queue. */
function unreadable(job: Job, { outcome }: WebhookReading): Fact[] {
  const open = outcome.type === 'unknown' && !isFinal(job.status)
  return open ? [{ type: 'result_awaited', reason: 'doubtful' }] : []
}

/**
 * A job that was resubmitted by policy has two requests: the first result wins, and the failure of one does not end
 * the job.
 */
function ofSecondRequest(job: Job, facts: Fact[]): Fact[] {
  if (job.submitAttempts < 2 || isFinal(job.status)) return []
  return facts.filter((fact) => fact.type === 'completed')
}

/** The facts that an unmatched delivery holds about its job. */
export function factsOfDelivery(
  delivery: WaitingDelivery,
  job: Job,
  context: { now: number; ruleCost: RuleCost },
): Fact[] {
  const { outcome } = outcomeOfWebhook(delivery.body.toString('utf8'))
  return factsOfOutcome(outcome, job, { ...context, falUserId: delivery.falUserId })
}
