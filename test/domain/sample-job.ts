/** A pending image job of nobody in particular, and the states tests put it in: each as real transitions reach it. */
import type { Fact, TransitionContext } from '../../src/domain/facts.ts'
import type { ArchivedFile, EventSource, Job, JobError, Media } from '../../src/domain/job.ts'
import { newJob } from '../../src/domain/new-job.ts'
import { type Change, foldCreation, foldFacts } from '../../src/domain/transition/fold.ts'

const epoch = Date.UTC(2026, 0, 1)

export const context: TransitionContext = { source: 'system', now: epoch + 5_000, poll: { maxMs: 120_000 } }

const media: Media[] = [0, 1].map((index) => ({
  index,
  path: `images[${index}]`,
  kind: 'image',
  sourceUrl: `https://v3b.fal.media/files/b/0a1b2c3d/${index}.png`,
  contentType: 'image/png',
  fileName: `${index}.png`,
  bytes: 10,
  width: 8,
  height: 8,
  durationSeconds: null,
  thumbnailUrl: null,
  archive: null,
}))

const copy: ArchivedFile = {
  key: 'client/2026/01/job/0-0.png',
  bytes: 10,
  sha256: '0'.repeat(64),
  contentType: 'image/png',
  archivedAt: new Date(epoch).toISOString(),
  width: 8,
  height: 8,
  durationSeconds: null,
}

export const rejected: JobError = { code: 'FAL_REJECTED', message: 'No.', retryable: false }
export const overdue: JobError = { code: 'DEADLINE', message: 'Too late.', retryable: true }
export const lost: JobError = { code: 'SUBMIT_UNCERTAIN', message: 'Lost.', retryable: true }

export const run = 'task:0'

export const request = {
  requestId: '5b1f0c1e-6f0a-4a57-9d35-2a4f3b6f7c10',
  gatewayRequestId: null,
  statusUrl: 'https://queue.fal.run/fal-ai/flux/requests/5b1f0c1e-6f0a-4a57-9d35-2a4f3b6f7c10/status',
  responseUrl: null,
  cancelUrl: null,
  queuePosition: 0,
  falKeyRef: null,
}

/** The first change of such a job, for a store to write. */
export function creation(changes: Partial<Job> = {}, source: EventSource = 'api'): Change {
  const accepted = newJob({
    id: 'job_01942000-0000-7000-8000-000000000001',
    clientId: 'cli_01942000-0000-7000-8000-000000000002',
    apiKeyId: null,
    userId: null,
    model: 'flux-dev',
    endpointId: 'fal-ai/flux/dev',
    kind: 'image',
    modelVersion: null,
    promisesMedia: true,
    mainFile: 'images[].url',
    metadata: {},
    params: { prompt: 'a harbour' },
    input: { prompt: 'a harbour' },
    extraInput: null,
    warnings: [],
    queue: {},
    archiveWanted: true,
    webhookToken: 'token',
    deadlineAt: null,
    expectedSeconds: 6,
    estimatedMicros: 25_000,
    atMostMicros: null,
    maxCostMicros: null,
    priceConfidence: 'rule',
    chargedMicros: 0,
    reservedMicros: 25_000,
    budgetMicros: 0,
    retryOf: null,
    callbackUrl: null,
    callbackEvents: null,
    traceparent: null,
    createdAt: epoch,
  })
  const fact = { type: 'created' as const, waitsForSlot: false }
  return foldCreation({ ...accepted, ...changes }, fact, { ...context, source, now: accepted.createdAt })
}

export const pendingJob = (changes: Partial<Job> = {}): Job => ({ ...creation().after, ...changes })

/** One of each kind; where a kind has several faces, the one that asks most of the state machine. */
export const facts = {
  created: { type: 'created', waitsForSlot: false },
  admitted: { type: 'admitted' },
  submitting: { type: 'submitting', run, webhookAsked: true },
  submitted: { type: 'submitted', request },
  submit_delayed: { type: 'submit_delayed', run, reason: '503', code: 'FAL_UNAVAILABLE', retryInSeconds: 1 },
  submit_refused: { type: 'submit_refused', run, error: rejected },
  submit_uncertain: { type: 'submit_uncertain', run, reason: 'cut' },
  resubmit: { type: 'resubmit' },
  progress: { type: 'progress', falStatus: 'IN_PROGRESS', queuePosition: null, percent: 0.5 },
  result_awaited: { type: 'result_awaited', reason: 'no_payload' },
  completed: {
    type: 'completed',
    result: '{"seed":17454220438242315174}',
    media,
    inferenceSeconds: 2,
    falUserId: 'user',
    ruleMicros: 20_000,
  },
  failed: { type: 'failed', error: rejected },
  cancel_asked: { type: 'cancel_asked' },
  canceled: { type: 'canceled' },
  file_archived: { type: 'file_archived', index: 0, file: copy },
  archive_delayed: { type: 'archive_delayed', reason: 'later', retryInSeconds: 2 },
  archive_yielded: { type: 'archive_yielded' },
  archived: { type: 'archived', files: media.map(({ index }) => ({ index, file: copy })) },
  archive_failed: { type: 'archive_failed', reason: 'gone' },
  archive_asked: { type: 'archive_asked' },
  cost_settled: {
    type: 'cost_settled',
    bill: { billableUnits: '0.8', billedAs: 'fal-ai/flux/schnell', micros: 24_000, source: 'units' },
    charge: 'actual',
  },
} as const satisfies Partial<Record<Fact['type'], Fact>>

function after(job: Job, given: readonly Fact[]): Job {
  return given.reduce((current, fact) => foldFacts(current, [fact], context)?.after ?? current, job)
}

const sent = [facts.submitting, facts.submitted]
const deadline: Fact = { type: 'failed', error: overdue }

/** Every kind of state a job can rest in. */
export const states = {
  waiting: creation({ turn: 'waiting' }).after,
  unsent: after(pendingJob(), []),
  sending: after(pendingJob(), [facts.submitting]),
  uncertain: after(pendingJob(), [facts.submitting, facts.submit_uncertain]),
  running: after(pendingJob(), sent),
  awaited: after(pendingJob(), [...sent, facts.result_awaited]),
  completed: after(pendingJob(), [...sent, facts.completed]),
  archived: after(pendingJob(), [...sent, facts.completed, facts.archived]),
  shelved: after(pendingJob(), [...sent, facts.completed, facts.archive_failed]),
  failed: after(pendingJob(), [...sent, facts.failed]),
  overdue: after(pendingJob(), [...sent, deadline]),
  overdueSending: after(pendingJob(), [facts.submitting, deadline]),
  givenUp: after(pendingJob(), [facts.submitting, facts.submit_uncertain, { type: 'failed', error: lost }]),
  canceled: after(pendingJob(), [...sent, facts.cancel_asked, facts.canceled]),
} satisfies Record<string, Job>
