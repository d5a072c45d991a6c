/** The ports of callbacks: their store, and a sender that reaches public receivers only. */
import type { CallbackType } from '../domain/job.ts'
import type { Page } from './page.ts'
import type { Task } from './tasks.ts'

export const callbackStates = ['pending', 'delivered', 'failed'] as const
export type CallbackState = (typeof callbackStates)[number]

/** One notification for one receiver. Times are epoch milliseconds. */
/** A callback without its message. */
export interface CallbackHead {
  id: string
  clientId: string
  jobId: string
  type: CallbackType
  url: string
  state: CallbackState
  attempts: number
  /** Attempts since its creation or last redelivery. */
  roundAttempts: number
  askedAgain: boolean
  /** The only task that may deliver it. */
  taskId: string
  nextAttemptAt: number | null
  lastStatus: number | null
  lastError: string | null
  createdAt: number
  deliveredAt: number | null
}

export interface Callback extends CallbackHead {
  /** The JSON text that is signed and sent, the same in every try. */
  payload: string
}

export interface CallbackAttempt {
  number: number
  startedAt: number
  durationMs: number
  /** null: no answer. */
  status: number | null
  error: string | null
  answer: string | null
}

/** The consequence of an attempt. */
export type CallbackVerdict =
  | { type: 'delivered' }
  | { type: 'again'; inSeconds: number; error: string }
  | { type: 'given_up'; error: string }

export interface CallbackFilter {
  clientId: string
  jobId?: string
  state?: CallbackState
}

export interface CallbackSecret {
  secret: string
  createdAt: number
  /** null for the current one. */
  expiresAt: number | null
}

export interface CallbackStore {
  get(id: string): Promise<Callback | null>
  attempts(id: string): Promise<CallbackAttempt[]>
  /** Newest first. */
  list(filter: CallbackFilter, page: { limit: number; cursor: string | null }): Promise<Page<CallbackHead>>
  /** Whether an endpoint of a client was given up after days of failure. */
  isDisabled(clientId: string, endpoint: string): Promise<boolean>
  /**
   * The closing transaction of an attempt: attempt, state, the job's event, the next task. `attempt` is null when
   * none was made.
   */
  settle(
    callback: Callback,
    attempt: Omit<CallbackAttempt, 'number'> | null,
    verdict: CallbackVerdict,
    task: Task,
  ): Promise<void>
  /** Postpones the attempt without counting it. */
  defer(callback: Callback, inSeconds: number, task: Task): Promise<void>
  /** Closes a task that has nothing to deliver. */
  close(task: Task): Promise<void>
  /** Delivers again from the start of the schedule; null when the client has no such callback. */
  redeliver(clientId: string, id: string): Promise<CallbackHead | null>
  /**
   * The same for those of a state made in `[since, until)`, at most `limit`, oldest first, going on after `cursor`:
   * without the cursor, those that failed or were delivered again meanwhile would count as new.
   */
  redeliverRange(
    clientId: string,
    range: {
      since: number
      until: number
      state: 'failed' | 'delivered'
      limit: number
      cursor: string | null
    },
  ): Promise<{ count: number; nextCursor: string | null }>
  /** Re-enables an endpoint that has proved to work. */
  enable(clientId: string, endpoint: string): Promise<void>
  /** The secrets that sign now, current one first; the first is made when there is none. */
  secrets(clientId: string): Promise<CallbackSecret[]>
  /** A new current secret; the one before goes on signing for `overlapSeconds`. */
  rotateSecret(clientId: string, overlapSeconds: number): Promise<CallbackSecret[]>
}

export interface OutgoingCallback {
  /** `webhook-id`: stable over every try. */
  id: string
  url: string
  body: string
  /** Each signs; current one first. */
  secrets: readonly string[]
  signal?: AbortSignal
}

/** How a POST to a receiver ended. */
export type CallbackAnswer =
  | { type: 'answered'; status: number; retryAfterSeconds: number | null; excerpt: string }
  /** `error` is a sentence for the client, without internal addresses. */
  | { type: 'unreachable'; error: string }

export interface CallbackSender {
  /** One POST, never repeated, redirects not followed; never throws for what the network does. */
  send(message: OutgoingCallback): Promise<CallbackAnswer>
}
