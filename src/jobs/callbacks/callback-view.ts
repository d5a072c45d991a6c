/** A callback as its client sees it in the API; lists omit the payload and the attempts. */
import type { Callback, CallbackAttempt, CallbackHead } from '../../ports/callbacks.ts'

export function viewCallback(callback: CallbackHead) {
  return {
    id: callback.id,
    jobId: callback.jobId,
    type: callback.type,
    url: callback.url,
    status: callback.state,
    attemptCount: callback.attempts,
    lastStatus: callback.lastStatus,
    lastError: callback.lastError,
    nextAttemptAt: iso(callback.nextAttemptAt),
    createdAt: new Date(callback.createdAt).toISOString(),
    deliveredAt: iso(callback.deliveredAt),
  }
}

export function viewCallbackInFull(callback: Callback, attempts: readonly CallbackAttempt[]) {
  return {
    ...viewCallback(callback),
    payload: JSON.parse(callback.payload) as unknown,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      startedAt: new Date(attempt.startedAt).toISOString(),
    })),
  }
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
