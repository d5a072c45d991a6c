/**
 * Submits a pending job to FAL, once. The intent is durable before the call, and the answer is saved in one closing
 * transaction after it; a crash in between leaves an `uncertain` job whose request is searched for. Invariant: a job
 * is never sent twice.
 */
import { backoffSeconds } from '../../domain/backoff.ts'
import type { Fact } from '../../domain/facts.ts'
import type { Job, JobError } from '../../domain/job.ts'
import { holdsDescription } from '../../domain/media/data-uris.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal, SubmitAnswer } from '../../ports/fal.ts'
import type { JobStore, Recorded, WaitingDelivery } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import { ClaimLostError, type Task } from '../../ports/tasks.ts'
import { factsOfDelivery } from './receive-webhook.ts'
import { readAgain, recordStorable } from './record-storable.ts'
import { retryUntilSaved } from './retry-until-saved.ts'
import type { RuleCost } from './rule-cost.ts'

export interface SubmitJobDeps {
  store: Pick<JobStore, 'get' | 'input' | 'record'>
  fal: Pick<Fal, 'submit'>
  clock: Clock
  ruleCost: RuleCost
  random: Random
  log: Logger
  /** The webhook URL of a job, or null when this service has no public address. */
  webhookUrl: (job: Job) => string | null
  /** A job that FAL has not accepted after this long fails. */
  giveUpMs: number
}

/** Backoff while FAL is down, up to half a minute. */
const retry = { first: 1, max: 30 }

/** An offline model rarely returns within minutes. */
const retryOffline = { first: 30, max: 900 }
/** A model that is offline for this long is reported as such. */
const offlineMs = 24 * 3_600_000

/** Attempts when the job is modified concurrently; then the next run continues. */
const mostReads = 5

/** Minimum interval between equal log lines about our FAL account. */
const quietMs = 60_000

export function makeSubmitJob(deps: SubmitJobDeps) {
  const { store, fal } = deps
  const warnOfRefusal = refusalLog(deps)

  return async function submitJob(task: Task): Promise<void> {
    for (let reads = 0; reads < mostReads; reads++) {
      const job = await store.get(task.subject)
      if (job === null || insteadOfSending(deps, job, task) !== null) {
        await store.record(task.subject, (current) => insteadOfSending(deps, current, task) ?? [], {
          source: 'submit',
          closing: task,
        })
        return
      }
      const input = await inputOf(store, job)
      const webhookUrl = deps.webhookUrl(job)
      const intended = await intend(deps, job, task, webhookUrl !== null)
      // A concurrent change (a cancel) moved the job: start over.
      if (intended === null) continue
      const { endpointId, queue } = intended
      const answer = await fal.submit({ endpointId, input, webhookUrl, queue, signal: task.signal })
      warnOfRefusal(job.id, answer)
      await save(deps, intended, answer, task)
      return
    }
    throw new Error('The job changed whenever it was about to be sent.')
  }
}

/** Read before the intent: a job is not `sending` while its input cannot be had. */
async function inputOf(store: Pick<JobStore, 'input'>, job: Job): Promise<Record<string, unknown>> {
  if (!holdsDescription(job.input)) return job.input
  const text = await store.input(job.id)
  if (text === null) throw new Error(`${job.id}: its input is missing`)
  return JSON.parse(text) as Record<string, unknown>
}

/** null when the job must be sent now; else the facts that close this task. */
function insteadOfSending({ clock, giveUpMs }: SubmitJobDeps, job: Job, task: Task): Fact[] | null {
  if (job.submission === 'sending') return interrupted(job, task)
  if (job.status !== 'pending' || job.submission !== 'unsent') return []
  // Admission schedules the task that sends it; this task dates from before the limit was set.
  if (job.turn === 'waiting') return []
  const now = clock.now()
  if (job.deadlineAt !== null && job.deadlineAt <= now) {
    const message = 'The deadline passed before the job could be sent.'
    return [{ type: 'failed', error: { code: 'DEADLINE', message, retryable: true } }]
  }
  if ((job.turnAt ?? job.createdAt) + giveUpMs <= now) {
    const message = 'FAL could not be reached, or did not accept the request, for too long.'
    return [{ type: 'failed', error: { code: 'FAL_UNAVAILABLE', message, retryable: true } }]
  }
  return null
}

/** An earlier run of this same task died while sending. A different task that is sending is left alone. */
function interrupted(job: Job, task: Task): Fact[] {
  const run = job.submitRun
  if (run === null || !run.startsWith(`${task.id}:`)) return []
  const reason = 'The process that was sending it stopped before the answer was saved.'
  return [{ type: 'submit_uncertain', run, reason }]
}

/** The job with its intent durable, or null when it must not be sent any more. */
async function intend(deps: SubmitJobDeps, job: Job, task: Task, webhookAsked: boolean): Promise<Job | null> {
  const { store, log } = deps
  const run = runOf(task)
  const decide = (current: Job): Fact[] =>
    insteadOfSending(deps, current, task) === null ? [{ type: 'submitting', run, webhookAsked }] : []
  try {
    const intent = await store.record(job.id, decide, { source: 'submit' })
    return intent?.changed === true ? intent.job : null
  } catch (error) {
    // The database failed before it confirmed the intent. If the intent was written, it is ours and nothing was
    // sent.
    const now = await retryUntilSaved(() => store.get(job.id), { task, log })
    if (now?.submission === 'sending' && now.submitRun === run) return now
    throw error
  }
}

async function save(deps: SubmitJobDeps, job: Job, answer: SubmitAnswer, task: Task): Promise<void> {
  const { clock, ruleCost, log } = deps
  const accepted = answer.type === 'accepted' ? answer.request.requestId : null
  const decide = (current: Job, waiting: readonly WaitingDelivery[]): Fact[] => [
    factOf(answer, job, runOf(task), deps),
    ...waiting.flatMap((delivery) => factsOfDelivery(delivery, current, { now: clock.now(), ruleCost })),
  ]
  const options = { source: 'submit' as const, ...(accepted === null ? {} : { joinRequestId: accepted }) }
  const saveWith = async (closing: { closing?: Task }): Promise<void> => {
    const saving = () => recordStorable(deps, [job.id, decide, { ...options, ...closing }], readAgain)
    warnOfSecond(log, await retryUntilSaved(saving, { task, log }), accepted)
  }
  try {
    await saveWith({ closing: task })
  } catch (error) {
    const what = { err: error, jobId: job.id, requestId: accepted, answer: answer.type }
    if (!(error instanceof ClaimLostError)) {
      log.error(what, "FAL's answer to a submit could not be saved: the job will count as uncertain")
      throw error
    }
    // The claim was lost, but FAL's answer must be saved: without it a render would be lost, or a job would wait
    // for nothing.
    log.warn(what, 'saving the submit answer without its task')
    await saveWith({})
  }
}

/** Logs, once a minute, what only the operator can fix: FAL refuses every job meanwhile. */
function refusalLog({ clock, log }: SubmitJobDeps): (jobId: string, answer: SubmitAnswer) => void {
  const quietUntil = new Map<string, number>()
  return (jobId, answer) => {
    if (answer.type !== 'refused') return
    const { code } = answer.error
    if (code !== 'FAL_AUTH' && code !== 'FAL_BALANCE') return
    const now = clock.now()
    if (now < (quietUntil.get(code) ?? 0)) return
    quietUntil.set(code, now + quietMs)
    log.error({ jobId, code, reason: sentenceOfFal(answer.error) }, 'FAL refuses the account')
  }
}

/** FAL's own sentence: callers are shown ours. */
function sentenceOfFal({ message, details }: JobError): string {
  const [first]: unknown[] = Array.isArray(details) ? details : []
  return isRecord(first) && typeof first.msg === 'string' ? first.msg : message
}

/**
 * The policy `resubmit` may have been wrong: then FAL has two requests, and the job follows the one that answered
 * first.
 */
function warnOfSecond(log: Logger, saved: Recorded | null, accepted: string | null): void {
  if (saved === null || accepted === null || saved.job.requestId === accepted) return
  const { id, requestId } = saved.job
  log.warn({ jobId: id, requestId, second: accepted }, 'FAL accepted a second request for a job')
}

function factOf(
  answer: SubmitAnswer,
  job: Job,
  run: string,
  { clock, random, giveUpMs }: SubmitJobDeps,
): Fact {
  switch (answer.type) {
    case 'accepted':
      return { type: 'submitted', request: answer.request, keyFallback: answer.keyFallback }
    case 'refused':
      return { type: 'submit_refused', run, error: answer.error }
    case 'uncertain':
      return { type: 'submit_uncertain', run, reason: answer.reason }
    case 'later': {
      const isOffline = answer.code === 'MODEL_OFFLINE'
      const pause = backoffSeconds(job.submitAttempts, isOffline ? retryOffline : retry, random())
      const retryInSeconds = Math.max(pause, Math.min(answer.retryAfterSeconds ?? 0, 300))
      const endsAt = (job.turnAt ?? job.createdAt) + Math.min(offlineMs, giveUpMs)
      if (isOffline && clock.now() + retryInSeconds * 1000 >= endsAt) {
        return { type: 'submit_refused', run, error: modelOffline(answer.reason) }
      }
      return { type: 'submit_delayed', run, reason: answer.reason, code: answer.code, retryInSeconds }
    }
  }
}

const modelOffline = (reason: string): JobError => ({
  code: 'MODEL_OFFLINE',
  message: 'The model is offline at FAL.',
  retryable: true,
  details: [{ type: 'application_not_available', msg: reason, loc: [] }],
})

const runOf = (task: Task): string => `${task.id}:${task.retryCount}`
