/**
 * Reconciles jobs with FAL's requests, the archive's objects and their own tasks: reports each inconsistency and, on
 * request, repairs it. Invariants: a repair is what the service itself would have done in time; a second run finds
 * nothing.
 */
import type { Fact } from '../../domain/facts.ts'
import type { Job } from '../../domain/job.ts'
import type { Outcome } from '../../domain/outcome/outcome.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal } from '../../ports/fal.ts'
import type { JobSchedule } from '../../ports/job-schedule.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Inconsistencies, PageAfter } from '../../ports/maintenance/inconsistencies.ts'
import type { FindOrphanObjects } from '../archive/orphan-objects.ts'
import type { Difference, VerifyArchive } from '../archive/verify-archive.ts'
import { type PollJob, refOf } from '../run/poll-job.ts'
import type { SettleUncertain } from '../run/settle-uncertain.ts'
import { orphanPageSize, type RecoverWork } from './recover-work.ts'

const findingKinds = [
  'work_without_task',
  'job_without_timer',
  'over_at_fal',
  'lost_render',
  'unclaimed_webhook',
  'unsettled_credits',
  'copy_missing',
  'erased_object',
  'unknown_object',
  'foreign_objects',
] as const
export type FindingKind = (typeof findingKinds)[number]

export interface Finding {
  kind: FindingKind
  /** A job id, FAL's request id, or an object key. */
  subject: string
  what: string
  repaired: boolean
}

export interface ReconcileDeps {
  store: Pick<JobStore, 'sweepOrphans' | 'record'>
  schedule: Pick<JobSchedule, 'startPolling'>
  inconsistencies: Inconsistencies
  recoverWork: RecoverWork
  fal: Pick<Fal, 'poll'>
  pollJob: PollJob
  settleUncertain: SettleUncertain
  verifyArchive: VerifyArchive
  findOrphanObjects: FindOrphanObjects
  clock: Clock
  log: Pick<Logger, 'warn' | 'error'>
}

export interface ReconcileOptions {
  repair: boolean
  /** Also compare with every object of the archive (its size, not its bytes); the scheduled run does not. */
  archive: boolean
  /** Copy again even when most of the archive is missing, which otherwise counts as a wrong bucket. */
  massLoss?: boolean
  /**
   * Ask FAL only about running jobs whose next poll is overdue, since polling covers the others; set by the scheduled
   * run.
   */
  lateOnly?: boolean
  signal?: AbortSignal
}

/** Parts that failed; all others were compared, and repaired where requested. */
export class NotComparedError extends AggregateError {
  readonly parts: readonly string[]

  constructor(failures: ReadonlyMap<string, unknown>) {
    const parts = [...failures.keys()]
    super([...failures.values()], `${parts.join(' and ')} could not be compared`)
    this.parts = parts
  }
}

/** @throws NotComparedError at the end. */
export type Reconcile = (
  options: ReconcileOptions,
  onFinding?: (finding: Finding) => void,
) => Promise<Finding[]>

const pageSize = 200
/** The end of a running job may have been missed when nothing was received for this long. */
const silenceMs = 5 * 60_000
/** A poll overdue by this much was missed by polling. */
const lateMs = 60_000
/** FAL keeps its list of requests for 30 days. */
const listedMs = 30 * 86_400_000
/** FAL retries webhooks for an hour or two: a request that no job knows by then is not ours. */
const unclaimedMs = 24 * 3_600_000

type Report = (kind: FindingKind, subject: string, what: string, repaired?: boolean) => void

/** One run: what it compares with, what it was asked for, and where findings go. */
interface Run {
  deps: ReconcileDeps
  options: ReconcileOptions
  report: Report
}

export function makeReconcile(deps: ReconcileDeps): Reconcile {
  return async function reconcile(options, onFinding) {
    const findings: Finding[] = []
    const report: Report = (kind, subject, what, repaired = options.repair) => {
      const finding = { kind, subject, what, repaired }
      findings.push(finding)
      onFinding?.(finding)
    }
    const parts = [tasks, timers, silentJobs, lostRenders, webhooks, credits]
    const failures = new Map<string, unknown>()
    for (const part of options.archive ? [...parts, copies, objects] : parts) {
      options.signal?.throwIfAborted()
      await part({ deps, options, report }).catch((error: unknown) => {
        options.signal?.throwIfAborted()
        failures.set(part.name, error)
      })
    }
    if (findings.length > 0)
      deps.log.warn(
        { findings: findings.length, repaired: findings.filter((one) => one.repaired).length },
        'reconciled',
      )
    if (failures.size > 0) throw new NotComparedError(failures)
    return findings
  }
}

async function tasks({ deps, options, report }: Run): Promise<void> {
  const found = await deps.store.sweepOrphans(orphanPageSize, { onlyFind: true })
  for (const jobId of found.scheduled)
    report('work_without_task', jobId, 'its state requires a task, but it has none')
  for (const jobId of found.interrupted)
    report('work_without_task', jobId, 'the process that was sending it is gone')
  for (const { jobId, requestId } of found.unmatched)
    report('work_without_task', jobId, `a webhook for its request ${requestId} was never applied to it`)
  if (options.repair && found.scheduled.length + found.interrupted.length + found.unmatched.length > 0)
    await deps.recoverWork()
}

async function timers({ deps, options, report }: Run): Promise<void> {
  const jobIds = await deps.inconsistencies.unwatched(pageSize)
  for (const jobId of jobIds) report('job_without_timer', jobId, 'FAL has it, but no poll is scheduled')
  if (options.repair && jobIds.length > 0) await deps.schedule.startPolling(jobIds, deps.clock.now())
}

async function silentJobs(run: Run): Promise<void> {
  const { deps, options, report } = run
  const { inconsistencies, clock } = deps
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  const before = clock.now() - silenceMs
  for await (const job of all((page) => inconsistencies.runningSince(before, page))) {
    if (job.requestId === null) continue
    if (options.lateOnly === true && (job.nextPollAt ?? 0) > clock.now() - lateMs) continue
    const outcome = await deps.fal.poll(refOf(job, job.requestId), { logs: false, ...signal })
    if (!ends.has(outcome.type)) continue
    const repaired = await repairOne(run, job.id, () => deps.pollJob(job.id, signal))
    report('over_at_fal', job.id, `it counts as running, but FAL says ${outcome.type}`, repaired)
  }
}

async function lostRenders(run: Run): Promise<void> {
  const { deps, options, report } = run
  const { inconsistencies, clock, store } = deps
  const since = clock.now() - listedMs
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  for await (const job of all((page) => inconsistencies.givenUp(since, page))) {
    if (job.nextPollAt !== null) continue
    const { facts, requestId } = await deps.settleUncertain(job, signal)
    if (requestId === null) continue
    const join = { source: 'system', joinRequestId: requestId } as const
    const repaired = await repairOne(run, job.id, () => store.record(job.id, () => facts, join))
    report('lost_render', job.id, `it was given up, but FAL has its request ${requestId}`, repaired)
  }
}

async function webhooks({ deps, options, report }: Run): Promise<void> {
  const { inconsistencies, clock } = deps
  const unclaimed = await inconsistencies.unclaimedDeliveries(clock.now() - unclaimedMs, pageSize)
  for (const { requestId } of unclaimed)
    report('unclaimed_webhook', requestId, 'no job of ours has this request')
  if (options.repair && unclaimed.length > 0) await inconsistencies.setAside(unclaimed.map(({ id }) => id))
}

async function credits(run: Run): Promise<void> {
  const { inconsistencies, store } = run.deps
  for (const { job, reservedMicros } of await inconsistencies.unsettledReservations(pageSize)) {
    const lost: Fact = { type: 'reservation_lost', reservedMicros, version: job.version }
    const settle = () => store.record(job.id, () => [lost], { source: 'system' })
    const repaired = await repairOne(run, job.id, settle)
    run.report(
      'unsettled_credits',
      job.id,
      `it is ${job.status}, but its credits are still reserved`,
      repaired,
    )
  }
}

async function copies(run: Run): Promise<void> {
  const { deps, report } = run
  const { massLoss, signal } = run.options
  const lost: Difference[] = []
  const verifying = { quick: true, ...(signal === undefined ? {} : { signal }) }
  const { files } = await deps.verifyArchive({}, (difference) => lost.push(difference), verifying)
  const doubtful = looksLikeAnotherArchive(lost.length, files) && massLoss !== true
  for (const [jobId, ofJob] of Map.groupBy(lost, (difference) => difference.jobId)) {
    const copyAgain: Fact = { type: 'copies_lost', keys: ofJob.map(({ key }) => key) }
    const repairIt = () => deps.store.record(jobId, () => [copyAgain], { source: 'system' })
    const repaired = !doubtful && (await repairOne(run, jobId, repairIt))
    for (const { key, problem } of ofJob)
      report('copy_missing', jobId, `${key} ${problem}${doubtful ? elsewhere : ''}`, repaired)
  }
}

async function objects(run: Run): Promise<void> {
  const { deps, options, report } = run
  for await (const { kind, subject, what, repair } of deps.findOrphanObjects(options.signal)) {
    const repaired = repair !== null && (await repairOne(run, subject, repair))
    report(kind, subject, what, repaired)
  }
}

/** Whether it was repaired; a failure is logged and does not block the others. */
async function repairOne(
  { deps, options: { repair, signal } }: Run,
  subject: string,
  repairIt: () => Promise<unknown>,
): Promise<boolean> {
  if (!repair) return false
  signal?.throwIfAborted()
  try {
    await repairIt()
    return true
  } catch (error) {
    signal?.throwIfAborted()
    deps.log.error({ err: error, subject }, 'a finding could not be repaired')
    return false
  }
}

/** A wrong bucket or an unmounted folder must not make every job lose the record of its copies. */
const looksLikeAnotherArchive = (lost: number, files: number): boolean => lost > 10 && lost * 2 > files
const elsewhere = ' (as most do: is this the right bucket or folder? --mass-loss copies again all the same)'

const ends: ReadonlySet<Outcome['type']> = new Set([
  'completed',
  'finished',
  'failed',
  'canceled',
  'forgotten',
])

async function* all(read: (page: PageAfter) => Promise<Job[]>): AsyncGenerator<Job> {
  let after: string | null = null
  for (;;) {
    const page: Job[] = await read({ limit: pageSize, after })
    yield* page
    if (page.length < pageSize) return
    after = page.at(-1)?.id ?? null
  }
}
