/**
 * A job in the form of FAL's queue: the bodies of submit, status and cancel, in FAL's field names. The request id is
 * the UUID of our job, so it is known before FAL has given one.
 */
import { toId, toUuid } from '../../domain/ids.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import type { FalLog } from '../../domain/outcome/outcome.ts'
import { failureOf } from './proxy-result.ts'

export const requestIdOf = (jobId: string): string => toUuid('job', jobId) ?? jobId

export const jobIdOf = (requestId: string): string => toId('job', requestId)

export interface QueueStatus {
  status: 'IN_QUEUE' | 'IN_PROGRESS' | 'COMPLETED'
  request_id: string
  response_url: string
  status_url: string
  cancel_url: string
  queue_position?: number
  logs: object[] | null
  metrics: { inference_time?: number | null }
  error?: string
  error_type?: string
}

/** The answer to a submit. */
export function submitAnswer(jobId: string, endpointId: string, base: string) {
  return {
    status: 'IN_QUEUE',
    request_id: requestIdOf(jobId),
    ...urlsOf(jobId, endpointId, base),
    queue_position: 0,
  }
}

export interface StatusOptions {
  /** null when not asked for. */
  logs: readonly FalLog[] | null
  /** Whether a final job may be shown as such, see `isSettled`. */
  settled: boolean
  /** Where the client reaches the queue. */
  base: string
}

export function statusAnswer(job: Job, { logs, settled, base }: StatusOptions): QueueStatus {
  const head = {
    request_id: requestIdOf(job.id),
    ...urlsOf(job.id, job.endpointId, base),
    logs: logs === null ? null : logs.map(logEntry),
  }
  if (!isFinal(job.status)) {
    // Logs are the newer word: FAL writes none for a request that waits.
    const hasBegun = job.falStatus === 'IN_PROGRESS' || job.falCompletedAt !== null || (logs ?? []).length > 0
    const isWaiting = job.status === 'pending' || !hasBegun
    return isWaiting
      ? { status: 'IN_QUEUE', ...head, queue_position: job.queuePosition ?? 0, metrics: {} }
      : { status: 'IN_PROGRESS', ...head, metrics: {} }
  }
  if (!settled) return { status: 'IN_PROGRESS', ...head, metrics: {} }
  const failure = failureOf(job)
  return {
    status: 'COMPLETED',
    ...head,
    metrics: { inference_time: job.inferenceSeconds },
    ...(failure === null ? {} : { error: failure.text, error_type: failure.type }),
  }
}

/**
 * Final, and its files are archived or had time to be: a client that fetches the result right after completion should
 * get lasting links.
 */
export const isSettled = (job: Job, now: number, archiveWaitMs: number): boolean =>
  isFinal(job.status) &&
  (job.archiveStatus !== 'pending' || now - (job.completedAt ?? job.updatedAt) >= archiveWaitMs)

/** For a job that is not final: 400, FAL's own answer. */
export function unfinishedAnswer(job: Job, base: string) {
  return {
    detail: 'Request is still in progress',
    request_id: requestIdOf(job.id),
    ...urlsOf(job.id, job.endpointId, base),
  }
}

/** Two segments name an app, three in two namespaces. */
function urlsOf(jobId: string, endpointId: string, base: string) {
  const segments = endpointId.split('/')
  const length = segments[0] === 'workflows' || segments[0] === 'comfy' ? 3 : 2
  const app = segments.slice(0, length).join('/')
  const request = `${base}/${app}/requests/${requestIdOf(jobId)}`
  return { response_url: request, status_url: `${request}/status`, cancel_url: `${request}/cancel` }
}

const logEntry = ({ message, timestamp, level }: FalLog) => ({
  message,
  timestamp,
  level: level ?? 'INFO',
  source: 'USER',
})
