/** The public view of a job: the shape of the API and of callbacks, without secrets and internal columns. */
import { publicReason } from '../../domain/archive-reason.ts'
import { hasObjectsLeft, isFinal, type Job, type JobEvent, type Media } from '../../domain/job.ts'
import { describeDataUris } from '../../domain/media/data-uris.ts'
import { billOf } from '../../domain/money/bill.ts'
import { estimatedProgress } from '../../domain/outcome/progress.ts'
import { type ResultForm, shownResult } from './shown-result.ts'

/** Builds the links of a job: absolute when APP_URL is set, else paths. */
export interface Links {
  /** e.g. `/api/jobs/job_…` */
  to(path: string): string
  /** A signed link to the archived file that needs no API key. */
  media(media: Media): string | null
  /** A signed link to the archived thumbnail. */
  thumbnail(media: Media): string | null
}

export type JobView = ReturnType<typeof viewJob>

/** What a view leaves out for its size. The whole is at the job's `links.self`. */
export interface Omitted {
  /** JSON Pointer into the job. */
  pointer: string
  /** As JSON. */
  bytes: number
}

/** `form` of the result; default: whole. */
export function viewJob(job: Job, links: Links, now: number, form: ResultForm = 'whole') {
  const self = `/api/jobs/${job.id}`
  return {
    id: job.id,
    status: job.status,
    model: job.model,
    endpointId: job.endpointId,
    kind: job.kind,
    userId: job.userId,
    metadata: job.metadata,
    // Rows of older versions hold their data: URIs whole.
    params: describeDataUris(job.params),
    warnings: describeDataUris(job.warnings),
    progress: Math.max(job.progress, estimatedProgress(job, now)),
    queuePosition: job.queuePosition,
    etaSeconds: etaSeconds(job, now),
    cost: viewCost(job),
    media: job.media.map((media) => viewMedia(media, links)),
    archive: {
      status: job.archiveStatus,
      attempts: job.archiveAttempts,
      lastError: publicReason(job.archiveError),
      archivedAt: iso(job.archivedAt),
    },
    result: job.omittedResultBytes === null ? shownResult(job, links.media, form) : null,
    omitted: omittedOf(job),
    error: job.error === null ? null : { ...job.error, details: describeDataUris(job.error.details ?? null) },
    fal: {
      requestId: job.requestId,
      gatewayRequestId: job.gatewayRequestId,
      status: job.falStatus,
      awaiting: job.awaiting,
      inferenceSeconds: job.inferenceSeconds,
      userId: job.falUserId,
    },
    submission: job.submission,
    retryOf: job.retryOf,
    erasedAt: hasObjectsLeft(job) ? null : iso(job.erasedAt),
    erasing: viewErasing(job),
    createdAt: new Date(job.createdAt).toISOString(),
    submittedAt: iso(job.submittedAt),
    startedAt: iso(job.startedAt),
    completedAt: iso(job.completedAt),
    updatedAt: new Date(job.updatedAt).toISOString(),
    links: {
      self: links.to(self),
      events: links.to(`${self}/events`),
      cancel: links.to(`${self}/cancel`),
    },
  }
}

function viewCost(job: Job) {
  return {
    estimatedMicros: job.estimatedMicros,
    atMostMicros: job.atMostMicros,
    confidence: job.priceConfidence ?? (job.estimatedMicros === null ? 'unknown' : 'rule'),
    actualMicros: billOf(job),
    source: job.costSource,
    billableUnits: job.billableUnits === null ? null : Number(job.billableUnits),
    billedAs: job.billedAs,
    chargedMicros: job.chargedMicros,
    settledAt: iso(job.settledAt),
    currency: 'USD',
  }
}

const omittedOf = ({ omittedResultBytes }: Job): Omitted[] =>
  omittedResultBytes === null ? [] : [{ pointer: '/result', bytes: omittedResultBytes }]

function viewMedia(media: Media, links: Links) {
  const archiveUrl = links.media(media)
  return {
    index: media.index,
    path: media.path,
    kind: media.kind,
    url: archiveUrl ?? media.sourceUrl,
    sourceUrl: media.sourceUrl,
    archiveUrl,
    contentType: media.archive?.contentType ?? media.contentType,
    bytes: media.archive?.bytes ?? media.bytes,
    sha256: media.archive?.sha256 ?? null,
    width: media.archive?.width ?? media.width,
    height: media.archive?.height ?? media.height,
    storedWidth: media.archive?.stored?.width ?? media.archive?.width ?? null,
    storedHeight: media.archive?.stored?.height ?? media.archive?.height ?? null,
    durationSeconds: media.archive?.durationSeconds ?? media.durationSeconds,
    thumbnailUrl: links.thumbnail(media) ?? media.thumbnailUrl,
    flagged: media.flagged === true,
  }
}

/** null when the job was not erased, or its erasure is complete. */
function viewErasing(job: Job) {
  if (job.erasing === null || !hasObjectsLeft(job)) return null
  const { keys, left, failures = 0, error = null } = job.erasing
  return { objectsLeft: left === undefined ? keys.length : left, failures, lastError: error }
}

export function viewEvent(event: JobEvent) {
  const data = describeDataUris(dataOf(event))
  return { ...event, data, createdAt: new Date(event.createdAt).toISOString() }
}

/** The reason of a failed copy names hosts and folders of the operator. */
const dataOf = ({ type, data }: JobEvent): JobEvent['data'] =>
  type === 'archive.failed' && typeof data.reason === 'string'
    ? { ...data, reason: publicReason(data.reason) }
    : data

/**
 * Seconds until the job is likely done, from its model's usual run time; null when unknown or when the job is final.
 */
function etaSeconds(job: Job, now: number): number | null {
  if (isFinal(job.status) || job.expectedSeconds === null) return null
  const begun = job.submittedAt ?? job.createdAt
  return Math.max(1, Math.round(job.expectedSeconds - (now - begun) / 1000))
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
