/**
 * Delivers one callback: one POST, then one transaction that records the outcome. A crash between the two sends the
 * same message again under the same `webhook-id`. Invariant: at-least-once delivery.
 */
import { callbackRetrySeconds, endpointOf } from '../../domain/callbacks/callback-schedule.ts'
import type { CallbackAnswer, CallbackSender, CallbackStore, CallbackVerdict } from '../../ports/callbacks.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { Task } from '../../ports/tasks.ts'
import type { ReceiverSlots } from './receiver-slots.ts'

export interface DeliverCallbackDeps {
  callbacks: Pick<CallbackStore, 'get' | 'isDisabled' | 'settle' | 'defer' | 'close' | 'secrets'>
  sender: CallbackSender
  slots: ReceiverSlots
  clock: Clock
  /** 0..1 */
  random: Random
  log: Logger
}

const gone = 410
/**
 * A callback for a receiver without a free slot is retried after this many seconds, plus a jitter of up to as many.
 */
const deferSeconds = 2

export function makeDeliverCallback(deps: DeliverCallbackDeps) {
  const { callbacks, clock, random, log } = deps

  return async function deliverCallback(task: Task): Promise<void> {
    const callback = await callbacks.get(task.subject)
    if (callback === null || callback.state !== 'pending' || callback.taskId !== task.id) {
      return callbacks.close(task)
    }
    if (!callback.askedAgain && (await callbacks.isDisabled(callback.clientId, endpointOf(callback.url)))) {
      const error =
        'The endpoint is disabled after days of failure; a passing test or a redelivery enables it.'
      return callbacks.settle(callback, null, { type: 'given_up', error }, task)
    }
    const secrets = await callbacks.secrets(callback.clientId)
    const release = await deps.slots.take(new URL(callback.url).origin, callback.clientId)
    if (release === null) return callbacks.defer(callback, deferSeconds * (1 + random()), task)
    const startedAt = clock.now()
    const answer = await deps.sender
      .send({
        id: callback.id,
        url: callback.url,
        body: callback.payload,
        secrets: secrets.map(({ secret }) => secret),
        signal: task.signal,
      })
      .finally(release)
    // An attempt that a shutdown interrupts does not count as failed: another worker runs the task again.
    if (task.signal.aborted && answer.type === 'unreachable') throw task.signal.reason
    const verdict = verdictOf(answer, callback.roundAttempts + 1, random())
    if (verdict.type !== 'delivered') {
      const { id, jobId } = callback
      log.info({ callbackId: id, jobId, verdict: verdict.type, reason: verdict.error }, 'a callback failed')
    }
    const attempt = {
      startedAt,
      durationMs: clock.now() - startedAt,
      status: answer.type === 'answered' ? answer.status : null,
      error: verdict.type === 'delivered' ? null : verdict.error,
      answer: answer.type === 'answered' && answer.excerpt !== '' ? answer.excerpt : null,
    }
    await callbacks.settle(callback, attempt, verdict, task)
  }
}

function verdictOf(answer: CallbackAnswer, attempt: number, random: number): CallbackVerdict {
  const error = problemOf(answer)
  if (error === null) return { type: 'delivered' }
  if (answer.type === 'answered' && answer.status === gone) return { type: 'given_up', error }
  const wish = answer.type === 'answered' ? answer.retryAfterSeconds : null
  const inSeconds = callbackRetrySeconds(attempt, wish, random)
  return inSeconds === null ? { type: 'given_up', error } : { type: 'again', inSeconds, error }
}

/** What is wrong with an answer, as a sentence for the client; null on success. */
export function problemOf(answer: CallbackAnswer): string | null {
  if (answer.type === 'unreachable') return answer.error
  const { status } = answer
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) {
    return `The receiver answered ${status}: redirects are not followed, give the final address.`
  }
  if (status === gone) return 'The receiver answered 410 Gone: it refuses further callbacks.'
  return `The receiver answered ${status} instead of 2xx.`
}
