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

export const mediaKinds = ['image', 'video', 'audio', 'file'] as const
export type MediaKind = (typeof mediaKinds)[number]

export const jobErrorCodes = [
  'FAL_REJECTED',
  'CONTENT_POLICY',
  'FAL_UNAVAILABLE',
  'FAL_TIMEOUT',
  'FAL_AUTH',
  'FAL_BALANCE',
  'SUBMIT_UNCERTAIN',
  'RESULT_EXPIRED',
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
  archive: ArchivedFile | null
  /** What lies in the archive was found to differ from what was written: it must not be taken for the copy. */
  damaged?: true
  thumbnailDamaged?: true
}

/** Our copy of one media: bytes and hash are those that were written, measured on the way. */
export interface ArchivedFile {
  key: string
  bytes: number
  /** Lower-case hex. */
  sha256: string
  contentType: string
  archivedAt: string
  /** What was odd about the file and yet no reason to refuse it: types or sizes that contradict each other. */
  warnings?: string[]
  /** As it is shown: what the file says of its own rotation is applied. */
  width: number | null
  height: number | null
  /** As it lies in the file, where that differs. */
  stored?: { width: number; height: number }
  durationSeconds: number | null
  /** Our copy of the picture that stands for it, where FAL gave one. */
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

/** What is still to be done outside the database for an erased job. */
export interface Erasing {
  /** Archive objects to remove; some may not exist yet. */
  keys: string[]
  /** A copy or a render may have been under way: look once more when neither can be any longer. */
  again: boolean
  /** Whether the objects were gone when they were last looked for. Absent in rows of older versions, as what follows. */
  gone?: boolean
  /** Tries to remove the objects that failed, and when the first of them did (epoch milliseconds). */
  failures?: number
  failingSince?: number
  /** Why the last of them failed, and how many objects it left; null when they could not be counted. */
  error?: string
  left?: number | null
}

/** Whether archive objects of an erased job are still there, or may be. */
export const hasObjectsLeft = ({ erasing }: Pick<Job, 'erasing'>): boolean =>
  erasing !== null && erasing.gone !== true

/** So many failed tries to remove the objects of an erased job put it on the dead-letter list; it is tried all the same. */
export const eraseFailuresListed = 3

/** The whole record of one accepted generation. Times are epoch milliseconds. */
export interface Job {
  id: string
  clientId: string
  /** The key that asked for it; null for jobs of before keys were noted. */
  apiKeyId: string | null
  userId: string | null
  /** Alias where the catalogue knows the model, else the FAL endpoint id. */
  model: string
  endpointId: string
  kind: MediaKind | 'unknown'
  /** Whether the model's normal answer holds files: completed without any is then not yet believed. */
  promisesMedia: boolean
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
  /** The run of a task that sends, or last sent, it: answers of any other run do not count. */
  submitRun: string | null
  /** Unguessable part of the webhook URL. */
  webhookToken: string
  /** Whether FAL was asked to call us; without, polling alone finishes the job. */
  webhookAsked: boolean
  uncertainSince: number | null
  cancelRequestedAt: number | null
  deadlineAt: number | null
  /** Where turns are taken (FAL_MAX_IN_FLIGHT): in line for a place at FAL, or let in; null where they are not. */
  turn: 'waiting' | 'granted' | null
  /** Since when. */
  turnAt: number | null
  /** W3C trace context of the create, to be carried on; null when nobody traces. */
  traceparent: string | null

  requestId: string | null
  gatewayRequestId: string | null
  statusUrl: string | null
  responseUrl: string | null
  cancelUrl: string | null
  /** Fingerprint of the FAL key that sent it, never the key. */
  falKeyRef: string | null
  falStatus: string | null
  falUserId: string | null
  inferenceSeconds: number | null

  /** 0..1, never decreasing. */
  progress: number
  queuePosition: number | null
  expectedSeconds: number | null
  estimatedMicros: number | null
  actualMicros: number | null
  reservedMicros: number
  /** What it counts against the month of its key; 0 when the key has no monthly limit. */
  budgetMicros: number

  /** FAL's output as exact JSON text. */
  result: string | null
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
  /** What of an erased job still lies outside the database; null when nothing does. */
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

/** What is told when the client did not choose: every end of a job, and its files being safe. */
export const wantedByDefault: readonly CallbackType[] = [
  'job.completed',
  'job.failed',
  'job.canceled',
  'job.archived',
]
