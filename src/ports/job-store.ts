/**
 * The port of the job store, the one writer of a job's status, history and money: every verb is one transaction. Adapters
 * write what the domain decided and decide nothing.
 */
import type { EventDraft, Fact } from '../domain/facts.ts'
import type { ArchiveStatus, EventSource, Job, JobEvent, JobStatus } from '../domain/job.ts'
import type { Change } from '../domain/transition/fold.ts'
import type { Hold } from './memory-budget.ts'
import type { Page } from './page.ts'
import type { Task } from './tasks.ts'

export interface RecordOptions {
  source: EventSource
  /** Completed in the same transaction. */
  closing?: Task
  /** Passes the unmatched deliveries for this request to `decide` and marks them as applied. */
  joinRequestId?: string
}

/** The outcome of a `record`: `changed` is false when no fact changed anything. */
export interface Recorded {
  job: Job
  changed: boolean
  events: EventDraft[]
  /** Micro-USD that the job had reserved until this change ended it; absent when none. */
  unreservedMicros?: number
}

/** What one transaction of the store did to a job. */
export type CommittedChange =
  | { type: 'created'; job: Job }
  | {
      type: 'changed'
      /** As it is now. */
      job: Job
      events: EventDraft[]
      unreservedMicros?: number
      /** Set when FAL's delivery caused it; `tookMs` from its arrival to the commit. */
      delivery?: { requestId: string; tookMs: number }
    }

export type Decide = (job: Job, waiting: readonly WaitingDelivery[]) => readonly Fact[]

/** The stored answer of an idempotent create. */
export interface Idempotency {
  key: string
  /** SHA-256 of the canonical request. */
  requestHash: Buffer
  status: number
  body: string
}

export type CreateAnswer =
  | { type: 'created'; job: Job }
  /** The same key was used before with the same request: the stored answer. */
  | { type: 'replayed'; status: number; body: string; jobId: string }
  | { type: 'key_reused' }

export interface JobFilter {
  /** null: of all clients, for operators. */
  clientId: string | null
  status?: JobStatus[]
  model?: string
  kind?: Job['kind']
  userId?: string
  createdAfter?: number
  createdBefore?: number
  archiveStatus?: ArchiveStatus
  metadata?: Record<string, string>
}

/** A verified delivery of FAL's, durable before FAL gets its 2xx. */
export interface Delivery {
  requestId: string
  falUserId: string
  /** Epoch milliseconds. */
  sentAt: number
  /** From our webhook URL; null for a webhook registered in FAL's dashboard. */
  jobId: string | null
  token: string | null
  /** The account was checked against the configured one, so none is learned. */
  accountIsPinned: boolean
  body: Buffer
}

export interface WaitingDelivery {
  requestId: string
  falUserId: string
  body: Buffer
}

/** A job whose request has an unmatched delivery. */
export interface UnmatchedJob {
  jobId: string
  requestId: string
}

/** Orphaned work: jobs whose state requires a task but have none. */
export interface OrphanedWork {
  /** Jobs whose task was re-enqueued, or would be. */
  scheduled: string[]
  /** Number of callbacks whose task was re-enqueued. */
  callbacks: number
  /** Jobs in state `sending` without a task. */
  interrupted: string[]
  unmatched: UnmatchedJob[]
}

export type DeliveryVerdict =
  | { type: 'applied'; job: Job; changed: boolean; events: EventDraft[]; unreservedMicros?: number }
  /** No job of ours has this request yet. */
  | { type: 'waiting' }
  | { type: 'duplicate' }
  | { type: 'foreign' }

/** The head of a job's history: enough for followers to decide whether to read more. */
export interface JobHead {
  id: string
  status: JobStatus
  archiveStatus: ArchiveStatus
  eventSeq: number
  submittedAt: number | null
  expectedSeconds: number | null
}

/** What a create charges beside the job's own `reservedMicros` and `budgetMicros`. */
export interface CreateCharges {
  /** The monthly limit of the job's key; null: it has none. */
  monthLimitMicros: number | null
  /** Most jobs of the key that may be pending or running, this one included; absent: any number. */
  jobsInFlight?: number
}

export interface JobStore {
  /**
   * Calls `listener` for each change of a job that a verb of this store committed in this process: once, after the
   * commit, before the verb resolves. It must not throw. The ports of callbacks and retention do not report theirs here.
   */
  onCommitted(listener: (change: CommittedChange) => void): void
  /**
   * A job's first change (row, event, task, reservation), idempotency record and spent month in one transaction.
   * Throws AppError INSUFFICIENT_CREDITS or FORBIDDEN (the month is spent), and then nothing was written.
   * `fullInput`: what FAL is sent, where the job's own input only names its `data:` URIs.
   */
  create(
    creation: Change,
    idempotency: Idempotency | null,
    charges?: CreateCharges,
    fullInput?: Record<string, unknown> | null,
  ): Promise<CreateAnswer>
  /** What an earlier create with this key answered; null when there was none. */
  earlier(
    clientId: string,
    idempotency: Pick<Idempotency, 'key' | 'requestHash'>,
  ): Promise<CreateAnswer | null>
  /** With its input in brief: `data:` URIs are named by type, size and hash. */
  get(id: string): Promise<Job | null>
  /** What FAL is sent, as exact JSON text with every `data:` URI whole. null when there is no such job. */
  input(id: string, hold?: Hold): Promise<string | null>
  /** FAL's output whole, as exact JSON text, where reads of the job leave it out. */
  result(id: string): Promise<string | null>
  /** At most `limit` jobs: a page is bounded in bytes as well. */
  list(filter: JobFilter, page: { limit: number; cursor: string | null; hold?: Hold }): Promise<Page<Job>>
  /** In one query, in any order; jobs that do not exist are left out. */
  heads(ids: readonly string[]): Promise<JobHead[]>
  /** Oldest first, `seq` above `afterSeq`. */
  events(jobId: string, page: { limit: number; afterSeq: number }): Promise<JobEvent[]>
  /**
   * Changes an existing job: locks it, asks `decide` for facts, folds them through the state machine and persists job,
   * events, ledger, tasks and callbacks in one transaction. null when there is no such job. `receive`, `erase`,
   * `objectsErased`, `admitJobs` and the ports of callbacks and retention change jobs in the same way, by facts of their
   * own; due times and the pruning of histories are the job schedule's.
   */
  record(jobId: string, decide: Decide, options: RecordOptions): Promise<Recorded | null>
  /**
   * Leaves only a tombstone of a final job: `keysOf` names the archive objects to remove, `answerOf` what a replayed
   * create shows from now on. null when there is nothing to erase (no such job, live, erased before).
   */
  erase(
    jobId: string,
    plan: { keysOf: (job: Job) => string[]; answerOf: (tombstone: Job) => string },
  ): Promise<Recorded | null>
  /** The archive objects of an erased job are gone; `answerOf` as before. null when that was recorded before. */
  objectsErased(jobId: string, plan: { answerOf: (tombstone: Job) => string }): Promise<Recorded | null>
  /** Inbox row and settlement in one transaction; `foreign` when the account is not the one that was learned. */
  receive(delivery: Delivery, decide: (job: Job) => readonly Fact[]): Promise<DeliveryVerdict>
  /** Whether an identical job is being sent right now, which may own a request found in FAL's list. */
  isIdenticalJobSending(job: Job): Promise<boolean>
  /** Those of the request ids that belong to a job of ours. */
  knownRequests(requestIds: readonly string[]): Promise<Set<string>>
  /** Finds orphaned work in pages; jobs that need only their task get it at once. */
  sweepOrphans(pageSize: number, options?: { onlyFind: boolean }): Promise<OrphanedWork>
  /** Admits queued jobs, as many as there are free slots; returns their number. */
  admitJobs(): Promise<number>
  /** Number of jobs ahead of this one in the fair queue; null when it does not wait. */
  placeInQueue(job: Job): Promise<number | null>
}
