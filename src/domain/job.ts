/** The nouns: a job, its media, its events, and the words for their states. Everything else in the code speaks in these. */

export const jobStatuses = ['pending', 'running', 'completed', 'failed', 'canceled'] as const
export type JobStatus = (typeof jobStatuses)[number]

/** Whether a job in this status has ended for good: the one place that says so; lists and SQL are derived from it. */
const endsJob = {
  pending: false,
  running: false,
  completed: true,
  failed: true,
  canceled: true,
} as const satisfies Record<JobStatus, boolean>

export type FinalStatus = { [S in JobStatus]: (typeof endsJob)[S] extends true ? S : never }[JobStatus]

export const isFinal = (status: JobStatus): status is FinalStatus => endsJob[status]

export const finalStatuses: readonly FinalStatus[] = jobStatuses.filter(isFinal)
export const liveStatuses: readonly JobStatus[] = jobStatuses.filter((status) => !isFinal(status))

export const archiveStatuses = ['none', 'pending', 'archived', 'failed', 'disabled'] as const
export type ArchiveStatus = (typeof archiveStatuses)[number]

export const submissions = ['unsent', 'sending', 'accepted', 'uncertain'] as const
export type Submission = (typeof submissions)[number]

/** The source of a job's cost: the units on its result, or FAL's billing events. */
export const costSources = ['units', 'billing_events'] as const
export type CostSource = (typeof costSources)[number]

/** `rule`: by all that FAL publishes of the price; `base`: by its bare price alone; `unknown`: not known before the run. */
export const priceConfidences = ['rule', 'base', 'unknown'] as const
export type PriceConfidence = (typeof priceConfidences)[number]

export const mediaKinds = ['image', 'video', 'audio', 'file'] as const
export type MediaKind = (typeof mediaKinds)[number]

export const jobErrorCodes = [
  'FAL_REJECTED',
  'CONTENT_POLICY',
  'FAL_UNAVAILABLE',
  'FAL_TIMEOUT',
  'FAL_AUTH',
  'FAL_BALANCE',
  'MODEL_OFFLINE',
  'SUBMIT_UNCERTAIN',
  'RESULT_EXPIRED',
  'RESULT_TOO_LARGE',
  'RESULT_UNREADABLE',
  'NO_MEDIA',
  'DEADLINE',
  'CANCELED',
  'INTERNAL',
] as const
export type JobErrorCode = (typeof jobErrorCodes)[number]

/** Why a job failed. `message` is public; `details` is FAL's own list of reasons (type, msg, loc) where it gave one. */
export interface JobError {
  code: JobErrorCode
  message: string
  /** Whether the same request, sent again as a new job, may succeed. */
  retryable: boolean
  details?: unknown
}

/** `files`: FAL's result lacks the files that the model promises. */
export const awaitedThings = ['result', 'files'] as const
export type Awaited = (typeof awaitedThings)[number]

/** One file of a result. Sizes in bytes and pixels, time in seconds; null where FAL did not say. */
export interface Media {
  index: number
  /** Where in the result it stands, e.g. `images[0]`. */
  path: string
  kind: MediaKind
  /** Where FAL put it; null for a `data:` URI, whose bytes stand in the result itself at `path`. */
  sourceUrl: string | null
  contentType: string | null
  fileName: string | null
  /** As FAL declared it (`file_size`). */
  bytes: number | null
  width: number | null
  height: number | null
  durationSeconds: number | null
  thumbnailUrl: string | null
  /** The model's safety check objects to it. */
  flagged?: true
  archive: ArchivedFile | null
  /** Verification found that the archived object differs from what was written; it must not count as the copy. */
  damaged?: true
  thumbnailDamaged?: true
}

/** The archived copy of a file: bytes and hash were measured while it was written. */
export interface ArchivedFile {
  key: string
  bytes: number
  /** Lower-case hex. */
  sha256: string
  contentType: string
  archivedAt: string
  /** Contradictions of type or size that were no reason to refuse the file. */
  warnings?: string[]
  /** Displayed size: the file's own rotation is applied. */
  width: number | null
  height: number | null
  /** Stored size, where it differs. */
  stored?: { width: number; height: number }
  durationSeconds: number | null
  /** The archived thumbnail, where FAL provided one. */
  thumbnail?: ArchivedThumbnail
}

export type ArchivedThumbnail = Pick<ArchivedFile, 'key' | 'bytes' | 'sha256' | 'contentType'>

export interface QueueOptions {
  priority?: 'normal' | 'low'
  startTimeoutSeconds?: number
  runnerHint?: string
}

export interface ParamWarning {
  field: string
  from: unknown
  to: unknown
  reason: string
}

/** The work outside the database that an erased job still needs. */
export interface Erasing {
  /** Archive objects to remove; some may not exist yet. */
  keys: string[]
  /** A copy or a render may have been running: delete once more when neither can be. */
  again: boolean
  /** Whether the last deletion removed every object. Absent in rows of older versions, like the following fields. */
  gone?: boolean
  /** Failed attempts to delete the objects, and the time of the first (epoch milliseconds). */
  failures?: number
  failingSince?: number
  /** Why the last of them failed, and how many objects it left; null when their number is unknown. */
  error?: string
  left?: number | null
}

/** Whether archive objects of an erased job are still there, or may be. */
export const hasObjectsLeft = ({ erasing }: Pick<Job, 'erasing'>): boolean =>
  erasing !== null && erasing.gone !== true

/** After this many failed deletions an erased job appears in the dead-letter list; the retries go on. */
export const eraseFailuresListed = 3

/** The whole record of one accepted generation. Times are epoch milliseconds. */
export interface Job {
  id: string
  clientId: string
  /** The API key of the create; null for jobs older than this column. */
  apiKeyId: string | null
  userId: string | null
  /** Alias where the catalogue knows the model, else the FAL endpoint id. */
  model: string
  endpointId: string
  kind: MediaKind | 'unknown'
  /** The version of FAL's document that it was checked against; null: none. */
  modelVersion: number | null
  /** Whether the model normally returns files: a completion without any is then not accepted yet. */
  promisesMedia: boolean
  /** Where the model puts its main file in a result, e.g. `images[].url`; null when unknown. */
  mainFile: string | null
  metadata: Record<string, string>
  params: Record<string, unknown>
  input: Record<string, unknown>
  /** The FAL fields that the caller gave as `input`. */
  extraInput: Record<string, unknown> | null
  warnings: ParamWarning[]
  queue: QueueOptions
  archiveWanted: boolean

  status: JobStatus
  submission: Submission
  submitAttempts: number
  /** The task run that is sending it, or sent it last: answers of other runs are ignored. */
  submitRun: string | null
  /** Unguessable part of the webhook URL. */
  webhookToken: string
  /** Whether FAL was asked to call us; without, polling alone finishes the job. */
  webhookAsked: boolean
  uncertainSince: number | null
  cancelRequestedAt: number | null
  deadlineAt: number | null
  /** Where FAL slots are limited (FAL_MAX_IN_FLIGHT): waiting for a slot, or admitted; null otherwise. */
  turn: 'waiting' | 'granted' | null
  /** Since when. */
  turnAt: number | null
  /** W3C trace context of the create; null without tracing. */
  traceparent: string | null

  requestId: string | null
  gatewayRequestId: string | null
  statusUrl: string | null
  responseUrl: string | null
  cancelUrl: string | null
  /** Fingerprint of the FAL key that sent it, never the key. */
  falKeyRef: string | null
  falStatus: string | null
  /** What a job that FAL has finished still waits for; null otherwise. */
  awaiting: Awaited | null
  falUserId: string | null
  inferenceSeconds: number | null

  /** 0..1, never decreasing. */
  progress: number
  queuePosition: number | null
  expectedSeconds: number | null
  /** The price before the run. Where none was known, the price rule's result after it. */
  estimatedMicros: number | null
  /** The most it could cost, as far as known before the run. */
  atMostMicros: number | null
  /** The client's own limit, which holds for its retries too. */
  maxCostMicros: number | null
  /** How well the price was known; null for jobs older than this column. */
  priceConfidence: PriceConfidence | null
  /**
   * FAL's bill; `costSource` says where it is from. Without a source, it is a price rule's result of an older
   * version.
   */
  actualMicros: number | null
  costSource: CostSource | null
  /** FAL's count, in units of its bare price, as decimal text. */
  billableUnits: string | null
  /** The endpoint that FAL charged; null until its units are known. */
  billedAs: string | null
  /** When FAL's bill was known, or given up: it is asked for no more. */
  settledAt: number | null
  /** When FAL is asked for it next. */
  settleAt: number | null
  settleAttempts: number
  /** What the ledger took for it; null: its client pays no credits for it. */
  chargedMicros: number | null
  /** The part of its client's credits that it claims; released or captured once FAL has said how its request ended. */
  reservedMicros: number
  /**
   * It has ended, but FAL has not said how its request did: FAL may still render and bill it. Its reservation, its share
   * of limits and its slot are held until then.
   */
  openAtFal: boolean
  /** What it counts against the month of its key; 0 when the key has no monthly limit. */
  budgetMicros: number

  /** FAL's output as exact JSON text; an empty object where it is too large to be read along. */
  result: string | null
  /** The size of a result that was left out of this reading; else null. */
  omittedResultBytes: number | null
  media: Media[]
  error: JobError | null

  archiveStatus: ArchiveStatus
  archiveAttempts: number
  archiveError: string | null
  archivedAt: number | null

  retryOf: string | null
  /** Only a tombstone is left. */
  erasedAt: number | null
  /** Its prompts, inputs and results were older than the client keeps them. */
  contentErasedAt: number | null
  /** What an erased job still has outside the database; null when nothing is left. */
  erasing: Erasing | null
  callbackUrl: string | null
  callbackEvents: CallbackType[] | null

  pollAttempts: number
  nextPollAt: number | null
  /** When FAL was first seen to have finished: the retention clock runs from here. */
  falCompletedAt: number | null

  createdAt: number
  submittedAt: number | null
  startedAt: number | null
  completedAt: number | null
  updatedAt: number
  /** Number of events so far; the next event takes seq + 1. */
  eventSeq: number
  /** Rises by one with each transition: the compare of compare-and-set. */
  version: number
}

export const eventSources = ['api', 'submit', 'webhook', 'poll', 'archive', 'callback', 'system'] as const
export type EventSource = (typeof eventSources)[number]

export const eventTypes = [
  'job.created',
  'job.admitted',
  'job.submitted',
  'job.submit_delayed',
  'job.submit_uncertain',
  'job.running',
  'job.progress',
  'job.cancel_requested',
  'job.completed',
  'job.failed',
  'job.canceled',
  'job.result_late',
  'job.result_awaited',
  'job.key_fallback',
  'job.cost_settled',
  'job.credits_settled',
  'job.erased',
  'job.content_erased',
  'archive.started',
  'archive.archived',
  'archive.failed',
  'archive.erased',
  'callback.delivered',
  'callback.failed',
  'callback.endpoint_disabled',
] as const
export type EventType = (typeof eventTypes)[number]

/** The event with which a job ends in this status. */
export const finalEventOf = {
  completed: 'job.completed',
  failed: 'job.failed',
  canceled: 'job.canceled',
} as const satisfies Record<FinalStatus, EventType>

const finalEvents: ReadonlySet<EventType> = new Set(Object.values(finalEventOf))
export const isFinalEvent = (type: EventType): boolean => finalEvents.has(type)

export interface JobEvent {
  id: string
  jobId: string
  seq: number
  type: EventType
  source: EventSource
  data: Record<string, unknown>
  createdAt: number
}

export const callbackTypes = [
  'job.running',
  'job.completed',
  'job.failed',
  'job.canceled',
  'job.archived',
] as const
export type CallbackType = (typeof callbackTypes)[number]

/** The default callback events: every end of a job, and the completed archive. */
export const wantedByDefault: readonly CallbackType[] = [
  'job.completed',
  'job.failed',
  'job.canceled',
  'job.archived',
]
