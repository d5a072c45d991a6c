/**
 * Circuit breaker for submits: after some consecutive failures it opens, then lets one probe through at a time with
 * growing pauses, and closes with FAL's first answer.
 */
import type { Clock } from '../../ports/clock.ts'
import type { SubmitAnswer } from '../../ports/fal.ts'

/** Permission for one submit; call `done` when it was sent or is not needed. */
export interface Pass {
  done(): void
}

export interface SubmitBreaker {
  /** Waits for permission, at most `waitMs`; null after the timeout or when the service stops. */
  enter(waitMs: number, signal?: AbortSignal): Promise<Pass | null>
  /** FAL's answer to a submit. */
  saw(answer: SubmitAnswer): void
  isOpen(): boolean
  /** Ends all waiting; a closed circuit still lets submits pass. */
  stop(): void
}

export interface SubmitBreakerOptions {
  clock: Clock
  /** Consecutive failures that open the circuit. */
  failures?: number
  firstPauseMs?: number
  longestPauseMs?: number
  /** Called when the circuit opens (with the pause until the next probe) and when it closes (null). */
  onChange?: (pauseMs: number | null) => void
}

/** Upper bound of a pause that FAL requests. */
const longestRetryAfterMs = 300_000

export function createSubmitBreaker(options: SubmitBreakerOptions): SubmitBreaker {
  const { clock, failures = 5, firstPauseMs = 1_000, longestPauseMs = 30_000, onChange } = options
  const waiting = new Set<() => void>()
  let failedInARow = 0
  let pauses = 0
  /** null: closed; else the time of the next probe. */
  let openUntil: number | null = null
  let probing = false
  let stopped = false

  const wakeAll = (): void => {
    for (const wake of [...waiting]) wake()
  }

  const open = (retryAfterSeconds: number | null): void => {
    const own = Math.min(firstPauseMs * 2 ** pauses, longestPauseMs)
    const pauseMs = Math.max(own, Math.min((retryAfterSeconds ?? 0) * 1000, longestRetryAfterMs))
    pauses += 1
    openUntil = clock.now() + pauseMs
    onChange?.(pauseMs)
  }

  const close = (): void => {
    failedInARow = 0
    pauses = 0
    if (openUntil === null) return
    openUntil = null
    onChange?.(null)
    wakeAll()
  }

  return {
    async enter(waitMs, signal) {
      const until = clock.now() + waitMs
      for (;;) {
        // A stopping service still sends the tasks it has claimed; it only stops waiting.
        if (openUntil === null) return { done: () => undefined }
        if (stopped || signal?.aborted === true) return null
        const now = clock.now()
        if (!probing && openUntil <= now) {
          probing = true
          return {
            done() {
              probing = false
              wakeAll()
            },
          }
        }
        if (now >= until) return null
        const next = probing ? until : Math.min(openUntil, until)
        await pause(waiting, Math.max(1, next - now), signal)
      }
    },
    saw(answer) {
      // An offline model says nothing about FAL: submits of other models must not wait for it.
      if (answer.type === 'later' && answer.code === 'MODEL_OFFLINE') return close()
      const failed = answer.type === 'later' || answer.type === 'uncertain'
      if (!failed) return close()
      failedInARow += 1
      const retryAfter = answer.type === 'later' ? answer.retryAfterSeconds : null
      // Ignore failures of submits that were in flight when the circuit opened.
      const due = openUntil === null ? failedInARow >= failures : openUntil <= clock.now()
      if (due) open(retryAfter)
    },
    isOpen: () => openUntil !== null,
    stop() {
      stopped = true
      wakeAll()
    },
  }
}

/** Resolves after `ms`, when it is woken as one of `waiting`, or when the signal aborts. */
function pause(waiting: Set<() => void>, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      waiting.delete(end)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    waiting.add(end)
    signal?.addEventListener('abort', end, { once: true })
  })
}
