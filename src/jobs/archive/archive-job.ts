/**
 * Copies a job's files into the archive: each is streamed, measured and written once. The job counts as archived only
 * when every file is stored.
 */
import { throttledLog } from '../../concurrency/log-throttle.ts'
import { createHolder } from '../../concurrency/memory-budget.ts'
import { ArchiveError, isLasting } from '../../domain/archive-error.ts'
import { backoffSeconds } from '../../domain/backoff.ts'
import type { Fact } from '../../domain/facts.ts'
import type { ArchivedFile, Job, Media } from '../../domain/job.ts'
import { foldersOf, keysOf } from '../../domain/media/archive-keys.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { MemoryBudget } from '../../ports/memory-budget.ts'
import type { Random } from '../../ports/random.ts'
import type { Task } from '../../ports/tasks.ts'
import type { WithWholeResult } from '../read/whole-result.ts'
import type { CopyMedia } from './copy-media.ts'
import type { WriteManifest } from './write-manifest.ts'

export interface ArchiveJobDeps {
  store: Pick<JobStore, 'get' | 'record'>
  copyMedia: CopyMedia
  writeManifest: WriteManifest
  archive: Pick<ArchiveStore, 'delete'>
  withWholeResult: WithWholeResult
  memory: MemoryBudget
  clock: Clock
  random: Random
  log: Logger
  /** Called for each file that could not be copied, once a try. */
  onTrouble?: (trouble: ArchiveError['trouble']) => void
}

type Copied = { index: number; file: ArchivedFile }
/** `index` is null for the manifest. */
type Trouble = { index: number | null; error: ArchiveError }
/** `isCut`: its time was over before every file was tried. */
type Run = { copied: Copied[]; troubles: Trouble[]; isCut: boolean }

const filesAtOnce = 4
/** A task that finds no memory for a large result fails, and is retried. */
const memoryWaitMs = 60_000
/** Of the media list during one run: each write rewrites all of it. */
const mostWrites = 50
/** A run with more files than it can copy in this time makes room for other jobs. */
const runMs = 10_000
const retry = { first: 2, max: 600 }
/** Until the operator names the host. */
const retryForeign = { first: 60, max: 3_600 }
/** Minimum interval between equal log lines about a host that is not allowed. */
const quietMs = 600_000

/** FAL keeps files for days at least; after this long the copy goes to the dead-letter list. */
const giveUpMs = 7 * 24 * 3_600_000
/**
 * Attempts by kind of failure: failures that may pass (a fresh link not yet served, a cut download) are not retried
 * for days.
 */
const triesWhen: Record<ArchiveError['trouble'], number> = {
  gone: 4,
  forbidden: 6,
  broken: 8,
  refused: 1,
  foreign: Number.POSITIVE_INFINITY,
  later: Number.POSITIVE_INFINITY,
}

export function makeArchiveJob(deps: ArchiveJobDeps) {
  const { store, clock, log } = deps
  const report = troubleReport(deps)

  return async function archiveJob(task: Task): Promise<void> {
    const job = await store.get(task.subject)
    const missing = job?.media.filter((media) => media.archive === null) ?? []
    if (job === null || job.archiveStatus !== 'pending') {
      await store.record(task.subject, () => [], { source: 'archive', closing: task })
      return
    }
    const holder = createHolder(deps.memory, { withinMs: memoryWaitMs, signal: task.signal })
    try {
      await archiveWhole(await deps.withWholeResult(job, holder.hold), missing, task)
    } finally {
      holder.release()
    }
  }

  /** The result may hold files, and the seed that the manifest names. */
  async function archiveWhole(job: Job, missing: Media[], task: Task): Promise<void> {
    const run = await copyAll(deps, job, { files: missing, signal: task.signal, report })
    if (run.troubles.length === 0 && !run.isCut) await describe(job, run, task)
    const verdict = verdictOf(job, run, { now: clock.now(), random: deps.random() })
    const recorded = await store.record(job.id, () => [verdict], { source: 'archive', closing: task })
    if (recorded?.job.erasedAt != null) await discard(job)
  }

  /**
   * Deletes the copies of a job that was erased meanwhile. The erase task checks again later, so a failure here only
   * delays it.
   */
  async function discard(job: Job): Promise<void> {
    await deps.archive.delete(keysOf(job), { below: foldersOf(job) }).catch((error: unknown) => {
      log.warn(
        { err: error, jobId: job.id },
        'the copies of a job erased meanwhile could not be removed at once',
      )
    })
  }

  /** Writes the manifest after the last file; a failure counts like a failed copy. */
  async function describe(job: Job, { copied, troubles }: Run, task: Task): Promise<void> {
    try {
      await deps.writeManifest(job, copied, task.signal)
    } catch (error) {
      if (task.signal.aborted || !(error instanceof ArchiveError)) throw error
      log.warn({ err: error, jobId: job.id }, 'the manifest could not be written')
      troubles.push({ index: null, error })
    }
  }
}

async function copyAll(
  { store, copyMedia, clock, log }: Pick<ArchiveJobDeps, 'store' | 'copyMedia' | 'clock' | 'log'>,
  job: Job,
  { files, signal, report }: { files: Media[]; signal: AbortSignal; report: (error: ArchiveError) => void },
): Promise<Run> {
  const until = clock.now() + runMs
  const copied: Copied[] = []
  const troubles: Trouble[] = []
  // Files that failed slowly must not use up the time of each run before the others.
  const first = (job.archiveAttempts * filesAtOnce) % Math.max(1, files.length)
  const queue = [...files.slice(first), ...files.slice(0, first)]
  const progress = recordingProgress(store, job, files.length)
  const takeNext = () => (clock.now() < until ? queue.shift() : undefined)
  const lane = async () => {
    for (let media = queue.shift(); media !== undefined; media = takeNext()) {
      const { index } = media
      try {
        const file = await copyMedia(job, media, signal)
        copied.push({ index, file })
        await progress.note({ index, file })
      } catch (error) {
        // An attempt that a shutdown interrupts does not count as failed: another worker runs the task again.
        if (signal.aborted || !(error instanceof ArchiveError)) throw error
        log.warn({ err: error, jobId: job.id, index, trouble: error.trouble }, 'a file could not be archived')
        report(error)
        troubles.push({ index, error })
      }
    }
  }
  const lanes = Array.from({ length: Math.min(filesAtOnce, files.length) }, lane)
  // Await every copy before the task ends: a copy that outlives its task would run beside its own retry.
  const broken = (await Promise.allSettled(lanes)).find((ended) => ended.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  const isCut = queue.length > 0
  if (isCut || troubles.length > 0) await progress.flush()
  return { copied, troubles, isCut }
}

/**
 * Records files before the last is copied, so that they are not copied again when another file fails or the process
 * dies.
 */
function recordingProgress(store: Pick<JobStore, 'record'>, job: Job, files: number) {
  const perWrite = Math.max(1, Math.ceil(files / mostWrites))
  let unwritten: Copied[] = []
  const flush = async (): Promise<void> => {
    if (unwritten.length === 0) return
    const facts = unwritten.map((one): Fact => ({ type: 'file_archived', ...one }))
    unwritten = []
    await store.record(job.id, () => facts, { source: 'archive' })
  }
  return {
    flush,
    async note(one: Copied): Promise<void> {
      // A single file is recorded with the verdict.
      if (job.media.length === 1) return
      unwritten.push(one)
      if (unwritten.length >= perWrite) await flush()
    },
  }
}

/** Counts each failed copy; a host that only the operator can allow is logged once in ten minutes. */
function troubleReport({ log, onTrouble }: ArchiveJobDeps): (error: ArchiveError) => void {
  const alarm = throttledLog<ArchiveError>({
    everyMs: quietMs,
    keyOf: ({ message }) => message,
    say: ({ message }, unsaid) =>
      log.error({ reason: message, unsaid }, 'a media host is not allowed: its files wait for it'),
  })
  return (error) => {
    if (error.trouble === 'foreign') alarm(error)
    onTrouble?.(error.trouble)
  }
}

function verdictOf(
  job: Job,
  { copied, troubles, isCut }: Run,
  { now, random }: { now: number; random: number },
): Fact {
  const [first] = troubles
  if (first === undefined) return isCut ? { type: 'archive_yielded' } : { type: 'archived', files: copied }
  const attempt = job.archiveAttempts + 1
  const worst =
    troubles.find(({ error }) => isLasting(error.trouble)) ??
    troubles.find(({ error }) => error.trouble === 'foreign') ??
    first
  const reason = `${worst.error.trouble}: ${worst.error.message} (${worst.index === null ? 'manifest' : `file ${worst.index}`})`
  const exhausted = !isCut && troubles.every(({ error }) => attempt >= triesWhen[error.trouble])
  const age = now - (job.falCompletedAt ?? job.createdAt)
  if (exhausted || age > giveUpMs) return { type: 'archive_failed', reason }
  const pauses = troubles.every(({ error }) => error.trouble === 'foreign') ? retryForeign : retry
  return { type: 'archive_delayed', reason, retryInSeconds: backoffSeconds(attempt, pauses, random) }
}
