/**
 * Holds submits back while FAL refuses or cannot be reached: after some failures in a row nobody sends, then one probe
 * at a time with growing pauses, and with the first answer of FAL everybody goes on at once.
 */
import type { Clock } from '../../ports/clock.ts'
import type { SubmitAnswer } from '../../ports/fal.ts'

/** Leave to send one submit; `done` when it was sent or turned out not to be needed. */
export interface Pass {
  done(): void
}

export interface SubmitBreaker {
  /** Waits for leave to send, at most `waitMs`; null when there is none by then, or the service stops meanwhile. */
  enter(waitMs: number, signal?: AbortSignal): Promise<Pass | null>
  /** FAL's answer to a submit. */
  saw(answer: SubmitAnswer): void
  isOpen(): boolean
  /** Nobody waits any longer; while it is closed, everybody still passes. */
  stop(): void
}

export interface SubmitBreakerOptions {
  clock: Clock
  /** Failures in a row, without an answer of FAL between them, that open it. */
  failures?: number
  firstPauseMs?: number
  longestPauseMs?: number
  /** Told when submits are held back (with the pause until the next probe) and when they go on (null). */
  onChange?: (pauseMs: number | null) => void
}

/** FAL may name its own pause; a longer one than this is cut short. */
const longestRetryAfterMs = 300_000

export function createSubmitBreaker(options: SubmitBreakerOptions): SubmitBreaker {
  const { clock, failures = 5, firstPauseMs = 1_000, longestPauseMs = 30_000, onChange } = options
  const waiting = new Set<() => void>()
  let failedInARow = 0
  let pauses = 0
  /** null: closed. Else the time of the next probe. */
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

  /** Resolves at `ms`, or when something changed. */
  const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
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

  return {
    async enter(waitMs, signal) {
      const until = clock.now() + waitMs
      for (;;) {
        // A service that stops sends what it has taken; it only waits no longer.
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
        await pause(Math.max(1, next - now), signal)
      }
    },
    saw(answer) {
      const failed = answer.type === 'later' || answer.type === 'uncertain'
      if (!failed) return close()
      failedInARow += 1
      const retryAfter = answer.type === 'later' ? answer.retryAfterSeconds : null
      // Of submits that were under way when it opened, the failures are no news.
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
