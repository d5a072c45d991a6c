/** The archive part of the state machine: which files are stored, which must be copied again. */
import type { EventDraft, Transition, TransitionContext } from '../facts.ts'
import type { ArchivedFile, Job, Media } from '../job.ts'

/** One file of several is stored. */
export function fileArchived(job: Job, index: number, file: ArchivedFile): Transition | null {
  const target = job.media.find((m) => m.index === index)
  if (job.archiveStatus !== 'pending' || target === undefined || target.archive !== null) return null
  return change({ media: job.media.map((m) => (m.index === index ? safe(m, file) : m)) })
}

/** Archived only when every file is stored. */
export function archived(
  job: Job,
  files: { index: number; file: ArchivedFile }[],
  { source, now }: TransitionContext,
): Transition | null {
  if (job.archiveStatus !== 'pending') return null
  const media = job.media.map((m) => {
    const file = files.find((f) => f.index === m.index)?.file
    return m.archive === null && file !== undefined ? safe(m, file) : m
  })
  if (media.some((m) => m.archive === null)) return null
  const bytes = media.reduce((sum, m) => sum + (m.archive?.bytes ?? 0), 0)
  const odd = media.flatMap((m) => (m.archive?.warnings ?? []).map((text) => `file ${m.index}: ${text}`))
  const warnings = odd.length === 0 ? {} : { warnings: odd }
  return {
    ...change(
      {
        media,
        archiveStatus: 'archived',
        archiveAttempts: job.archiveAttempts + 1,
        archiveError: null,
        archivedAt: now,
      },
      [{ type: 'archive.archived', source, data: { files: media.length, bytes, ...warnings } }],
    ),
    callbacks: ['job.archived'],
  }
}

/** A copy failed and is tried again. */
export function archiveDelayed(
  job: Job,
  { reason, retryInSeconds }: { reason: string; retryInSeconds: number },
): Transition | null {
  if (job.archiveStatus !== 'pending') return null
  return {
    ...change({ archiveAttempts: job.archiveAttempts + 1, archiveError: reason }),
    tasks: [{ queue: 'archive', startAfterSeconds: retryInSeconds }],
  }
}

/** The job makes room for others, and its copy continues behind them. */
export function archiveYielded(job: Job): Transition | null {
  if (job.archiveStatus !== 'pending') return null
  return { ...change({}), tasks: [{ queue: 'archive' }] }
}

/** The copy is given up. */
export function archiveFailed(job: Job, reason: string, { source }: TransitionContext): Transition | null {
  if (job.archiveStatus !== 'pending') return null
  const attempts = job.archiveAttempts + 1
  return change({ archiveStatus: 'failed', archiveAttempts: attempts, archiveError: reason }, [
    { type: 'archive.failed', source, data: { reason, attempts } },
  ])
}

function safe({ damaged: _over, thumbnailDamaged: _too, ...media }: Media, file: ArchivedFile): Media {
  return { ...media, archive: file }
}

/** Copies that verification found missing or changed are requeued, also for a job whose other files were given up. */
export function copiesLost(
  job: Job,
  keys: readonly string[],
  { source }: TransitionContext,
): Transition | null {
  if (job.archiveStatus !== 'archived' && job.archiveStatus !== 'failed') return null
  const media = job.media.map((m) => taken(m, keys))
  const patch: Partial<Job> = {
    media,
    archiveStatus: 'pending',
    archiveError: null,
    archiveAttempts: 0,
    archivedAt: null,
  }
  const event: EventDraft = { type: 'archive.started', source, data: { lost: keys.length } }
  return { ...change(patch, [event]), tasks: [{ queue: 'archive' }] }
}

/** A lost thumbnail does not fetch its file again: the archived object is verified and kept. */
function taken(media: Media, keys: readonly string[]): Media {
  if (media.archive === null) return media
  const { key, thumbnail } = media.archive
  const isThumbnailLost = thumbnail !== undefined && keys.includes(thumbnail.key)
  if (keys.includes(key)) return { ...media, archive: null, damaged: true, thumbnailDamaged: true }
  return isThumbnailLost ? { ...media, archive: null, thumbnailDamaged: true } : media
}

/** Requeues every file that is not archived. */
export function archiveAsked(job: Job, { source }: TransitionContext): Transition | null {
  const missing = job.media.filter((m) => m.archive === null).length
  const idle = job.archiveStatus === 'failed' || job.archiveStatus === 'disabled'
  if (!idle || missing === 0) return null
  return {
    ...change({ archiveStatus: 'pending', archiveError: null, archiveAttempts: 0 }, [
      { type: 'archive.started', source, data: { files: missing } },
    ]),
    tasks: [{ queue: 'archive' }],
  }
}

function change(patch: Partial<Job>, events: EventDraft[] = []): Transition {
  return { patch, events, ledger: null, tasks: [], callbacks: [] }
}
