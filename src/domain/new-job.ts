/** A new job: the request, and every other field at its initial value. */
import type { Job } from './job.ts'

/** The fields set at creation; times in epoch milliseconds. */
export type Accepted = Omit<Job, keyof typeof nothingYet | 'media' | 'updatedAt'>

export function newJob(accepted: Accepted): Job {
  return { ...accepted, ...nothingYet, media: [], updatedAt: accepted.createdAt }
}

const nothingYet = {
  status: 'pending',
  submission: 'unsent',
  submitAttempts: 0,
  submitRun: null,
  webhookAsked: false,
  uncertainSince: null,
  cancelRequestedAt: null,
  turn: null,
  turnAt: null,
  requestId: null,
  gatewayRequestId: null,
  statusUrl: null,
  responseUrl: null,
  cancelUrl: null,
  falKeyRef: null,
  falStatus: null,
  awaiting: null,
  falUserId: null,
  inferenceSeconds: null,
  progress: 0,
  queuePosition: null,
  openAtFal: false,
  actualMicros: null,
  costSource: null,
  billableUnits: null,
  billedAs: null,
  settledAt: null,
  settleAt: null,
  settleAttempts: 0,
  result: null,
  omittedResultBytes: null,
  error: null,
  archiveStatus: 'none',
  archiveAttempts: 0,
  archiveError: null,
  archivedAt: null,
  erasedAt: null,
  contentErasedAt: null,
  erasing: null,
  pollAttempts: 0,
  nextPollAt: null,
  falCompletedAt: null,
  submittedAt: null,
  startedAt: null,
  completedAt: null,
  eventSeq: 0,
  version: 0,
} as const satisfies Partial<Job>
