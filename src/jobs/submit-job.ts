/**
 * Sends a pending job to FAL, once. The intent is durable before the call and the answer in one closing transaction
 * after it; whatever dies in between leaves an `uncertain` job that is looked for, never one that is sent twice.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffSeconds } from '../domain/backoff.ts'
import type { Fact } from '../domain/facts.ts'
import { factsOfOutcome } from '../domain/facts-of-outcome.ts'
import type { Job } from '../domain/job.ts'
import { outcomeOfWebhook } from '../domain/webhook-outcome.ts'
import type { ActualCost } from './actual-cost.ts'
import type { Clock, Fal, JobStore, Logger, SubmitAnswer, Task, WaitingDelivery } from './ports.ts'

export interface SubmitJobDeps {
  store: Pick<JobStore, 'get' | 'record'>
  fal: Pick<Fal, 'submit'>
  clock: Clock
  actualCost: ActualCost
  log: Logger
  /** The webhook URL of a job, or null when this service has no public address. */
  webhookUrl: (job: Job) => string | null
  /** A job that FAL could not take for this long fails. */
  giveUpMs: number
}

/** FAL being down is waited out with growing pauses up to half a minute. */
const retry = { first: 1, max: 30 }

export function createSubmitJob(deps: SubmitJobDeps) {
  const { store, fal, clock, log } = deps

  return async function submitJob(task: Task): Promise<void> {
    const job = await store.get(task.subject)
    const before = job === null ? [] : reasonsNotToSend(job)
    if (job === null || before !== null) {
      await store.record(task.subject, reasonsNotToSendNow, { source: 'submit', closing: task })
      return
    }
    const webhookUrl = deps.webhookUrl(job)
    const intent = await store.record(
      job.id,
      (current) =>
        reasonsNotToSend(current) === null ? [{ type: 'submitting', webhookAsked: webhookUrl !== null }] : [],
      { source: 'submit' },
    )
    // Somebody else moved the job in between (a cancel): look again from the start.
    if (intent?.changed !== true) return submitJob(task)

    const answer = await fal.submit({
      endpointId: job.endpointId,
      input: job.input,
      webhookUrl,
      queue: job.queue,
      signal: task.signal,
    })
    await save(intent.job, answer, task)
  }

  /** null when the job may be sent; else the facts that end this task. */
  function reasonsNotToSend(job: Job): Fact[] | null {
    if (job.status !== 'pending') return []
    // Being let in schedules the task that sends it; this one is of before the line was formed.
    if (job.turn === 'waiting') return []
    if (job.submission === 'sending') {
      const reason = 'The process that was sending it stopped before the answer was saved.'
      return [{ type: 'submit_uncertain', reason }]
    }
    if (job.submission !== 'unsent') return []
    const now = clock.now()
    if (job.deadlineAt !== null && job.deadlineAt <= now) {
      const message = 'The deadline passed before the job could be sent.'
      return [{ type: 'failed', error: { code: 'DEADLINE', message, retryable: true } }]
    }
    if ((job.turnAt ?? job.createdAt) + deps.giveUpMs <= now) {
      const message = 'FAL could not be reached, or did not accept the request, for too long.'
      return [{ type: 'failed', error: { code: 'FAL_UNAVAILABLE', message, retryable: true } }]
    }
    return null
  }

  function reasonsNotToSendNow(job: Job): Fact[] {
    return reasonsNotToSend(job) ?? []
  }

  async function save(job: Job, answer: SubmitAnswer, task: Task): Promise<void> {
    if (answer.type !== 'accepted') {
      await insist(
        () => store.record(job.id, () => [factOf(answer, job)], { source: 'submit', closing: task }),
        task,
      )
      return
    }
    const joinRequestId = answer.request.requestId
    const decide = (current: Job, waiting: readonly WaitingDelivery[]): Fact[] => [
      { type: 'submitted', request: answer.request, keyFallback: answer.keyFallback },
      ...waiting.flatMap((delivery) => factsOfDelivery(delivery, current)),
    ]
    try {
      await insist(
        () => store.record(job.id, decide, { source: 'submit', closing: task, joinRequestId }),
        task,
      )
    } catch (error) {
      // The claim was lost, the request was not: without its id the render would be. Save it on its own.
      log.warn(
        { err: error, jobId: job.id, requestId: joinRequestId },
        'saving the submit answer without its task',
      )
      await store.record(job.id, decide, { source: 'submit', joinRequestId })
    }
  }

  function factsOfDelivery(delivery: WaitingDelivery, job: Job): Fact[] {
    const { outcome } = outcomeOfWebhook(delivery.body.toString('utf8'))
    const { falUserId } = delivery
    return factsOfOutcome(outcome, job, { now: clock.now(), falUserId, actualCost: deps.actualCost })
  }

  /** An answer of FAL is worth money: a database that is away for a moment must not lose it. */
  async function insist<T>(save: () => Promise<T>, task: Task): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await save()
      } catch (error) {
        const lost = error instanceof Error && error.name === 'ClaimLostError'
        if (lost || attempt >= 40) throw error
        log.warn(
          { err: error, jobId: task.subject, attempt },
          'could not save the answer of FAL: trying again',
        )
        await sleep(Math.min(100 * attempt, 1_000))
      }
    }
  }
}

function factOf(answer: Exclude<SubmitAnswer, { type: 'accepted' }>, job: Job): Fact {
  switch (answer.type) {
    case 'refused':
      return { type: 'failed', error: answer.error }
    case 'uncertain':
      return { type: 'submit_uncertain', reason: answer.reason }
    case 'later': {
      const pause = backoffSeconds(job.submitAttempts, retry, Math.random())
      const retryInSeconds = Math.max(pause, Math.min(answer.retryAfterSeconds ?? 0, 300))
      return { type: 'submit_delayed', reason: answer.reason, code: answer.code, retryInSeconds }
    }
  }
}
