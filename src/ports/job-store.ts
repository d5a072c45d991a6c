/** Everything the use cases need from outside, as nouns; adapters in infra/ and worker/ implement them and decide nothing. */
import type { AcceptedRequest, EventDraft, Fact } from '../domain/facts.ts'
import type {
  ArchiveStatus,
  EventSource,
  Job,
  JobError,
  JobEvent,
  JobStatus,
  QueueOptions,
} from '../domain/job.ts'
import type { KeyLimits } from '../domain/money/key-limits.ts'
import type { FalLog, Outcome } from '../domain/outcome/outcome.ts'

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
}

/** The part of a structured logger that use cases use. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

// --- FAL ---------------------------------------------------------------------------------------------------------

export interface SubmitRequest {
  endpointId: string
  input: Record<string, unknown>
  /** null: no webhook is asked for. */
  webhookUrl: string | null
  queue: QueueOptions
  signal?: AbortSignal
}

/** How a submit ended. Only `later` may ever be sent again. */
export type SubmitAnswer =
  | { type: 'accepted'; request: AcceptedRequest; keyFallback: boolean }
  /** FAL answered no, and the same request would be refused again. */
  | { type: 'refused'; error: JobError }
  /** Surely not accepted: never sent (DNS, refused connection, TLS) or told to come back (429, 503). */
  | {
      type: 'later'
      reason: string
      code: 'FAL_UNAVAILABLE' | 'FAL_TIMEOUT' | 'FAL_AUTH'
      retryAfterSeconds: number | null
    }
  /** Sent, but nobody knows whether it was accepted: time-out, cut connection, unreadable answer, 500. */
  | { type: 'uncertain'; reason: string }

/** A request at FAL and where its answers live; null URLs are rebuilt from the ids. */
export interface RequestRef {
  requestId: string
  endpointId: string
  statusUrl: string | null
  responseUrl: string | null
  cancelUrl: string | null
  falKeyRef: string | null
}

export type CancelAnswer =
  | { type: 'requested' }
  /** Removed from the queue before it started. */
  | { type: 'removed' }
  | { type: 'already_completed' }
  | { type: 'not_found' }
  | { type: 'unknown'; reason: string }

/** `refused`: this key may not, and never will. */
export type EraseAnswer = { type: 'erased' } | { type: 'refused' | 'unknown'; reason: string }

/** One line of FAL's own list of requests, to settle an uncertain submit. */
export interface ListedRequest {
  requestId: string
  /** Epoch milliseconds. */
  sentAt: number
  endedAt: number | null
  statusCode: number | null
  input: unknown
}

export interface Fal {
  /** One POST, never repeated by the adapter (except to `FAL_KEY` after `FAL_KEY_NEW` was refused with 401/403). */
  submit(request: SubmitRequest): Promise<SubmitAnswer>
  /** Status, and when FAL has finished also the result: never throws for what FAL or the network does. */
  look(ref: RequestRef, options: { logs: boolean; signal?: AbortSignal }): Promise<Outcome>
  /** FAL's logs of a request, oldest first; empty when they cannot be had. */
  logs(ref: RequestRef, signal?: AbortSignal): Promise<FalLog[]>
  cancel(ref: RequestRef, signal?: AbortSignal): Promise<CancelAnswer>
  /** FAL forgets input, output and output files of a request; not to be undone. */
  erase(request: { requestId: string; falKeyRef: string | null }, signal?: AbortSignal): Promise<EraseAnswer>
  /** Requests sent to an endpoint since a time, newest first, with inputs; null when FAL's list cannot be had. */
  listRequests(query: {
    endpointId: string
    since: number
    signal?: AbortSignal
  }): Promise<ListedRequest[] | null>
}

// --- Background work -----------------------------------------------------------------------------------------------

export const taskQueues = ['submit', 'poll', 'archive', 'callback', 'erase', 'reconcile', 'cleanup'] as const
export type TaskQueue = (typeof taskQueues)[number]

/** A claimed task: closed in the same transaction as what it caused, fenced against a run that was taken over. */
export interface Task {
  queue: TaskQueue
  id: string
  /** What it is about: a job id, a callback id; empty for the periodic ones. */
  subject: string
  /** 0 on the first run. */
  retryCount: number
  /** Aborted when the claim is lost or the process stops. */
  signal: AbortSignal
}

export interface TaskToSchedule {
  queue: TaskQueue
  /** The same id is scheduled once, however often it is sent. */
  id: string
  subject: string
  startAfterSeconds?: number
  /** Higher first. */
  priority?: number
}

/** A transaction in progress: opaque, only passed on. */
export interface Transaction {
  // biome-ignore lint/suspicious/noExplicitAny: rows of a foreign query, as the engine's own interface has them
  executeSql(text: string, values?: unknown[]): Promise<{ rows: any[] }>
}

/** What the use cases need of the engine: schedule in a transaction, close in a transaction, wake after the commit. */
export interface TaskScheduler {
  schedule(tx: Transaction, tasks: readonly TaskToSchedule[]): Promise<void>
  /** Completes the claimed tasks. Throws when a claim was lost, so that the transaction rolls back. */
  close(tx: Transaction, tasks: readonly Task[]): Promise<void>
  /** Those of `subjects` that no task of this queue waits or runs for. */
  unattended(tx: Transaction, queue: TaskQueue, subjects: readonly string[]): Promise<string[]>
  /** Tells idle workers, here and in other processes, that there is work. Called after the commit. */
  wake(queues: readonly TaskQueue[]): void
}

/** Hints between processes, sent after a commit and coalesced. A hint may be lost: whoever waits also looks now and then. */
export interface Signals {
  publish(topic: string, key: string): void
  /** `key` is null when hints may have been missed (a reconnect): look at everything. Returns the unsubscribe. */
  subscribe(topic: string, listener: (key: string | null) => void): () => void
}

// --- The store ---------------------------------------------------------------------------------------------------

export interface RecordOptions {
  source: EventSource
  /** Completed in the same transaction. */
  closing?: Task
  /** Hand over inbox rows waiting for this request, and mark them as applied. */
  joinRequestId?: string
}

/** What became of a `record`: `changed` is false when every fact was old news. */
export interface Recorded {
  job: Job
  changed: boolean
  events: EventDraft[]
  /** Micro-USD that the job had reserved until this change ended it; absent when none. */
  unreservedMicros?: number
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

export interface Page<T> {
  data: T[]
  nextCursor: string | null
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
  /** The account was checked against the configured one: nothing is to be learned. */
  accountIsPinned: boolean
  body: Buffer
}

export interface WaitingDelivery {
  requestId: string
  falUserId: string
  body: Buffer
}

/** A job whose request stands in a delivery nobody has handed to it. */
export interface ParkedJob {
  jobId: string
  requestId: string
}

/** Work that a state calls for but that no task attended. */
export interface OrphanedWork {
  /** Jobs whose task was scheduled anew, or would be. */
  scheduled: string[]
  /** How many callbacks were. */
  callbacks: number
  /** Jobs that a run was sending of which no task is left. */
  interrupted: string[]
  parked: ParkedJob[]
}

export type DeliveryVerdict =
  | { type: 'applied'; job: Job; changed: boolean; events: EventDraft[]; unreservedMicros?: number }
  /** No job of ours has this request yet. */
  | { type: 'waiting' }
  | { type: 'duplicate' }
  | { type: 'foreign' }

/** How far a job has come: what those who wait for it need to know to decide whether to read more. */
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
   * Job, `job.created` event, submit task, idempotency record, reservation and spent month in one transaction.
   * Throws AppError INSUFFICIENT_CREDITS or FORBIDDEN (the month is spent), and then nothing was written.
   */
  create(
    job: Job,
    idempotency: Idempotency | null,
    source: EventSource,
    charges?: CreateCharges,
  ): Promise<CreateAnswer>
  /** What an earlier create with this key answered; null when there was none. */
  earlier(
    clientId: string,
    idempotency: Pick<Idempotency, 'key' | 'requestHash'>,
  ): Promise<CreateAnswer | null>
  get(id: string): Promise<Job | null>
  list(filter: JobFilter, page: { limit: number; cursor: string | null }): Promise<Page<Job>>
  /** In one query, in any order; jobs that do not exist are left out. */
  heads(ids: readonly string[]): Promise<JobHead[]>
  /**
   * Has these jobs looked at within `delayMs` if they are running and would be looked at later; jobs submitted after
   * `submittedBefore` are left alone. However many ask, a job is looked at once per delay.
   */
  lookSoon(ids: readonly string[], options: { delayMs: number; submittedBefore: number }): Promise<void>
  /** Oldest first, `seq` above `afterSeq`. */
  events(jobId: string, page: { limit: number; afterSeq: number }): Promise<JobEvent[]>
  /**
   * The only way a job changes: locks it, asks `decide` for facts, folds them through the state machine and persists
   * job, events, ledger, tasks and callbacks in one transaction. null when there is no such job.
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
  /** Inbox row and settlement in one transaction; `foreign` when the account is not the one that was learned. */
  receive(delivery: Delivery, decide: (job: Job) => readonly Fact[]): Promise<DeliveryVerdict>
  /** Whether another job of ours with the very same input is being sent right now: a request found may be its own. */
  isTwinSending(job: Job): Promise<boolean>
  /** Those of the request ids that belong to a job of ours. */
  knownRequests(requestIds: readonly string[]): Promise<Set<string>>
  /** Schedules a poll for jobs whose time has come, at most `limit`; returns how many. */
  sweepDue(limit: number): Promise<number>
  /** Finds work that nobody attends, walking in pages; what needs only its task gets it at once. */
  sweepOrphans(pageSize: number, options?: { onlyFind: boolean }): Promise<OrphanedWork>
  /** Lets waiting jobs in to FAL, as many as there are places; returns how many. */
  takeTurns(): Promise<number>
  /** Jobs that will be let in before this one, as it looks now; null when it does not wait in line. */
  placeInLine(job: Job): Promise<number | null>
}

/** Places at FAL; 0 means no limit. */
export interface TurnLimits {
  inAll: number
  /** For clients that have no limit of their own. */
  perClient: number
}

export const scopes = ['jobs:read', 'jobs:write', 'credits:write', 'admin'] as const
export type Scope = (typeof scopes)[number]

export interface ApiKey {
  id: string
  clientId: string
  name: string
  scopes: Scope[]
  limits: KeyLimits
  expiresAt: number | null
  revokedAt: number | null
}

export interface KeyStore {
  /** By the SHA-256 of the secret, revoked and expired ones included. */
  findByHash(hash: Buffer): Promise<ApiKey | null>
  findById(id: string): Promise<ApiKey | null>
  /** Makes the client `default` and, when a secret is given, its admin key; safe to repeat. */
  ensureBootstrap(secret: string | null): Promise<void>
}
