/** The counters and histograms that jobs feed: each committed change once, by the process that made it. */
import { type EventType, finalEventOf, isFinalEvent, type Job } from '../domain/job.ts'
import { findModel } from '../models/catalogue.ts'
import type { CommittedChange } from '../ports/job-store.ts'
import type { DeclareMetrics } from './declare-metrics.ts'

/** What no caller can correct. */
const accountCodes = ['FAL_AUTH', 'FAL_BALANCE']
const creditEntries = ['granted', 'reserved', 'captured', 'released']
/** Seconds, from a fast webhook to a slow video. */
const stageBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800]

export function jobMetrics({ counter, histogram }: DeclareMetrics) {
  const created = counter('created_total', 'Jobs accepted.', ['model'])
  const finished = counter('finished_total', 'Jobs that reached a final state.', ['model', 'status', 'code'])
  const stages = histogram(
    'stage_seconds',
    'Time a job spent: line (created to admitted, where slots are limited), submit (created to accepted by FAL), queue (accepted to begun), inference (as FAL says), settle (FAL done, as we learned it, to settled), fal (accepted to settled), archive (settled to archived), callback (event to delivered, of all kinds), total (created to settled).',
    ['stage', 'kind'],
    stageBuckets,
  )
  const events = counter('events_total', 'Events written to job histories.', ['type', 'source'])
  const archived = counter('archived_bytes_total', 'Bytes copied into the archive.', ['kind'])
  const cost = counter(
    'cost_micros_total',
    'Micro-USD of jobs: estimated, of those that completed; actual, as FAL billed them.',
    ['basis'],
  )
  const credits = counter(
    'credits_micros_total',
    'Micro-USD granted to accounts, reserved by jobs, and then captured or released. What a job cost beyond its reservation is in the ledger alone.',
    ['entry'],
    creditEntries.map((entry) => ({ entry })),
  )
  const accountRefusals = counter(
    'account_refusals_total',
    'Jobs that FAL refused for our key or balance.',
    ['code'],
    accountCodes.map((code) => ({ code })),
  )
  const stage = (name: string, kind: string, seconds: number): void =>
    stages.observe({ stage: name, kind }, seconds)

  return {
    committed(change: CommittedChange): void {
      const { job } = change
      if (change.type === 'created') {
        created.inc({ model: modelLabel(job) })
        credits.inc({ entry: 'reserved' }, job.reservedMicros)
        return
      }
      creditsSettled(job, change.unreservedMicros ?? 0)
      for (const { type, source } of change.events) {
        events.inc({ type, source })
        if (isFinalEvent(type)) settled(job)
        if (type === 'job.cost_settled') cost.inc({ basis: 'actual' }, job.actualMicros ?? 0)
        if (type === 'archive.archived')
          for (const { kind, archive } of job.media) archived.inc({ kind }, archive?.bytes ?? 0)
        for (const [name, seconds] of stagesEndedBy(type, job)) stage(name, job.kind, seconds)
      }
    },
    granted: (micros: number) => credits.inc({ entry: 'granted' }, micros),
    callbackDelivered: (sinceMs: number) => stage('callback', 'all', Math.max(0, sinceMs) / 1000),
  }

  function settled(job: Job): void {
    const code = job.error?.code ?? 'none'
    finished.inc({ model: modelLabel(job), status: job.status, code })
    if (accountCodes.includes(code)) accountRefusals.inc({ code })
    if (job.status !== 'completed') return
    if (job.estimatedMicros !== null) cost.inc({ basis: 'estimated' }, job.estimatedMicros)
  }

  function creditsSettled({ chargedMicros }: Job, unreservedMicros: number): void {
    const captured = Math.min(unreservedMicros, chargedMicros ?? 0)
    credits.inc({ entry: 'captured' }, captured)
    credits.inc({ entry: 'released' }, unreservedMicros - captured)
  }
}

type Stage = [name: string, seconds: number]

/** What is known by then of the stages that an event of this type ends. */
function stagesEndedBy(type: EventType, job: Job): Stage[] {
  const { createdAt, turnAt, submittedAt, startedAt, falCompletedAt, completedAt, archivedAt } = job
  if (type === 'job.submitted')
    return [
      // Where slots are limited, the wait for a slot is a stage of its own.
      ...(job.turn === 'granted' ? between('line', createdAt, turnAt) : []),
      ...between('submit', createdAt, submittedAt),
    ]
  if (type === 'archive.archived') return between('archive', completedAt, archivedAt)
  if (!isFinalEvent(type)) return []
  const ended = [...between('fal', submittedAt, completedAt), ...between('total', createdAt, completedAt)]
  if (type !== finalEventOf.completed) return ended
  return [
    ...ended,
    ...between('queue', submittedAt, startedAt),
    ...between('settle', falCompletedAt, completedAt),
    ...(job.inferenceSeconds === null ? [] : [['inference', job.inferenceSeconds] satisfies Stage]),
  ]
}

const between = (name: string, from: number | null, to: number | null): Stage[] =>
  from === null || to === null ? [] : [[name, Math.max(0, to - from) / 1000]]

/** Callers may name any endpoint: only those of the catalogue become labels. */
const modelLabel = (job: Job): string => findModel(job.endpointId)?.alias ?? 'other'
