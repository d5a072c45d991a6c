/** The edges of a job's state machine as the real transition function has them: every fact in every state it can reach. */
import type { Fact } from '../../src/domain/facts.ts'
import type { Job } from '../../src/domain/job.ts'
import { foldFacts } from '../../src/domain/transition/fold.ts'
import { context, facts, overdue, pendingJob, rejected, request } from '../domain/sample-job.ts'

export type StateField = 'status' | 'submission' | 'archiveStatus'

const noFiles: Fact = { ...facts.completed, media: [] }

/** One or more of each kind; the compiler asks for a new kind here. */
const given: Record<Fact['type'], readonly Fact[]> = {
  created: [facts.created],
  admitted: [facts.admitted],
  submitting: [facts.submitting],
  submitted: [facts.submitted, { type: 'submitted', request: { ...request, statusUrl: null } }],
  submit_delayed: [facts.submit_delayed],
  submit_refused: [facts.submit_refused],
  submit_uncertain: [facts.submit_uncertain],
  resubmit: [facts.resubmit],
  progress: [facts.progress],
  result_awaited: [facts.result_awaited, { type: 'result_awaited', reason: 'doubtful' }],
  completed: [facts.completed, noFiles],
  failed: [
    { type: 'failed', error: rejected },
    { type: 'failed', error: overdue },
    { type: 'failed', error: rejected, rendered: true },
  ],
  cost_settled: [facts.cost_settled],
  reservation_lost: [{ type: 'reservation_lost', reservedMicros: 1, version: 3 }],
  cancel_asked: [facts.cancel_asked],
  canceled: [facts.canceled],
  file_archived: [facts.file_archived],
  archive_delayed: [facts.archive_delayed],
  archive_yielded: [{ type: 'archive_yielded' }],
  archived: [facts.archived],
  archive_failed: [facts.archive_failed],
  archive_asked: [facts.archive_asked],
  copies_lost: [{ type: 'copies_lost', keys: facts.archived.files.map(({ file }) => file.key) }],
  erased: [{ type: 'erased', keys: [] }],
  objects_erased: [{ type: 'objects_erased' }],
  erase_failed: [{ type: 'erase_failed', reason: 'locked', left: 1, retryInSeconds: 5 }],
  erase_asked: [{ type: 'erase_asked' }],
  erase_passed: [{ type: 'erase_passed' }],
  media_erased: [{ type: 'media_erased' }],
  content_erased: [{ type: 'content_erased' }],
  callback_tried: [{ type: 'callback_tried', event: 'callback.delivered', data: {} }],
}

/** What of a job a fact's effect on its states can depend on; nothing that counts, so that the walk ends. */
const keyOf = (job: Job): string =>
  JSON.stringify([
    job.status,
    job.submission,
    job.archiveStatus,
    job.archiveWanted,
    job.requestId,
    job.statusUrl,
    job.submitRun,
    job.cancelRequestedAt,
    job.deadlineAt,
    job.falCompletedAt,
    job.result,
    job.error?.code,
    job.erasedAt,
    job.erasing?.again,
    job.media,
    job.nextPollAt === null,
  ])

/** `from --> to: fact, fact`, sorted, for one field of a job. */
export function edgesOf(field: StateField): string[] {
  const start = [true, false].map((archiveWanted) => pendingJob({ archiveWanted }))
  const known = new Map(start.map((job) => [keyOf(job), job]))
  const edges = new Map<string, Set<string>>()
  for (const job of known.values()) {
    for (const fact of Object.values(given).flat()) {
      const next = foldFacts(job, [fact], context)?.after
      if (next === undefined) continue
      if (!known.has(keyOf(next))) known.set(keyOf(next), next)
      if (next[field] === job[field]) continue
      const edge = `${job[field]} --> ${next[field]}`
      edges.set(edge, (edges.get(edge) ?? new Set()).add(fact.type))
    }
  }
  return [...edges].map(([edge, types]) => `${edge}: ${[...types].sort().join(', ')}`).sort()
}
