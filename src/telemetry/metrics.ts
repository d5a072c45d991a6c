/**
 * What the service measures of itself, for Prometheus. One table of metrics with bounded labels, and the functions that
 * feed it; the use cases know nothing of it, the wiring puts it around them.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Job } from '../domain/job.ts'
import { settleCapture } from '../domain/money/ledger-entry.ts'
import { findModel } from '../models/catalogue.ts'
import type { CommittedChange } from '../ports/job-store.ts'
import { type TaskCount, taskQueues } from '../ports/tasks.ts'

const states = ['pending', 'in_line', 'running', 'uncertain', 'archive_pending', 'archive_failed']

/** What no caller can mend. */
const accountCodes = ['FAL_AUTH', 'FAL_BALANCE']
const creditEntries = ['granted', 'reserved', 'captured', 'released']

export type Metrics = ReturnType<typeof createMetrics>

/** Seconds, from a fast webhook to a slow video. */
const stageBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800]
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `fal_jobs_${name}`, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name: `fal_jobs_${name}`, help, labelNames, registers })
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name: `fal_jobs_${name}`, help, labelNames, buckets, registers })

  const requests = histogram(
    'http_request_seconds',
    'Time to answer a request.',
    ['method', 'route', 'status'],
    requestBuckets,
  )
  const created = counter('created_total', 'Jobs accepted.', ['model'])
  const finished = counter('finished_total', 'Jobs that reached a final state.', ['model', 'status', 'code'])
  const stage = histogram(
    'stage_seconds',
    'Time a job spent: line (created to let in, where turns are taken), submit (created to accepted by FAL), queue (accepted to begun), inference (as FAL says), settle (FAL done, as we learned it, to settled), fal (accepted to settled), archive (settled to archived), callback (event to delivered, of all kinds), total (created to settled).',
    ['stage', 'kind'],
    stageBuckets,
  )
  const events = counter('events_total', 'Events written to job histories.', ['type', 'source'])
  const submits = counter('submits_total', "FAL's answers to submits.", ['answer'])
  const looks = counter('looks_total', 'What looking at FAL taught.', ['outcome'])
  const webhooks = counter('webhooks_total', "Verdicts on FAL's webhooks.", ['verdict'])
  const keyFallbacks = counter('fal_key_fallbacks_total', 'Submits for which FAL refused FAL_KEY_NEW.', [])
  const callbacks = counter('callbacks_total', 'Tries to tell a client, and what followed.', ['verdict'])
  const wrongKeys = counter('wrong_keys_total', 'API keys that were looked up and found wrong.', [])
  const archived = counter('archived_bytes_total', 'Bytes copied into the archive.', ['kind'])
  const cost = counter('cost_micros_total', 'Micro-USD of completed jobs.', ['basis'])
  const credits = counter(
    'credits_micros_total',
    'Micro-USD granted to accounts, reserved by jobs, and then captured or released. What a job cost beyond its reservation is in the ledger alone.',
    ['entry'],
  )
  for (const entry of creditEntries) credits.inc({ entry }, 0)
  const accountRefusals = counter('account_refusals_total', 'Jobs that FAL refused for our key or balance.', [
    'code',
  ])
  for (const code of accountCodes) accountRefusals.inc({ code }, 0)

  const jobs = gauge('jobs', 'Jobs that are not final, and archives that wait or failed.', ['state'])
  const oldest = gauge('oldest_seconds', 'Age of the oldest job in that state.', ['state'])
  const waiting = gauge(
    'turns_waiting',
    'Jobs in line for a place at FAL: places, as all are taken; cap, as their client has as many there as it may.',
    ['reason'],
  )
  const places = gauge(
    'places',
    'Places at FAL, where turns are taken: limit is FAL_MAX_IN_FLIGHT (0: none), taken those that jobs hold or were let in to.',
    ['kind'],
  )
  const tasks = gauge('tasks', 'Background tasks that wait or run.', ['queue', 'state'])
  const taskAge = gauge('task_wait_seconds', 'How long the oldest due task has waited.', ['queue'])
  const slack = gauge(
    'retention_slack_seconds',
    'Least time left before FAL forgets a finished result that is not fetched yet.',
    [],
  )
  const parked = gauge('webhooks_waiting', 'Verified deliveries that no job has claimed yet.', [])
  const undelivered = gauge(
    'callbacks_undelivered',
    'Callbacks that wait or are tried again (pending), or were given up (failed, on the shelf).',
    ['state'],
  )
  const pool = gauge('database_connections', 'Connections of this process.', ['state'])
  const keySet = gauge('key_set_keys', "Keys in the set FAL's webhooks are verified with.", [])
  const held = gauge(
    'submits_held',
    '1 while submits are held back because FAL refuses or cannot be reached.',
    [],
  )
  held.set(0)
  const shed = counter(
    'requests_shed_total',
    'Requests answered 503 before they could bring the service down.',
    ['reason'],
  )
  // A counter without a first value would hide its first increase from rate().
  for (const reason of ['event_loop', 'database', 'backlog']) shed.inc({ reason }, 0)
  const up = gauge('snapshot_ok', '1 when the last look at the database for these gauges worked.', [])

  return {
    registry,
    request: (method: string, route: string, status: number, seconds: number) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    granted: (micros: number) => credits.inc({ entry: 'granted' }, micros),
    submitted: (answer: string) => submits.inc({ answer }),
    looked: (outcome: string) => looks.inc({ outcome }),
    webhook: (verdict: string) => webhooks.inc({ verdict }),
    keyFallback: () => keyFallbacks.inc(),
    callback(verdict: string, sinceMs: number) {
      callbacks.inc({ verdict })
      if (verdict === 'delivered')
        stage.observe({ stage: 'callback', kind: 'all' }, Math.max(0, sinceMs) / 1000)
    },
    wrongKey: () => wrongKeys.inc(),
    submitsHeld: (isHeld: boolean) => held.set(isHeld ? 1 : 0),
    shed: (reason: string) => shed.inc({ reason }),

    committed(change: CommittedChange) {
      const { job } = change
      if (change.type === 'created') {
        created.inc({ model: modelLabel(job) })
        credits.inc({ entry: 'reserved' }, job.reservedMicros)
        return
      }
      const { events: drafts, unreservedMicros = 0 } = change
      creditsSettled(job, unreservedMicros)
      for (const { type, source } of drafts) {
        events.inc({ type, source })
        // Where turns are taken, the wait for a place is a stage of its own.
        if (type === 'job.submitted' && job.turn === 'granted') time('line', job, job.createdAt, job.turnAt)
        if (type === 'job.submitted') time('submit', job, job.createdAt, job.submittedAt)
        if (type === 'job.completed' || type === 'job.failed' || type === 'job.canceled') settled(job)
        if (type === 'archive.archived') {
          time('archive', job, job.completedAt, job.archivedAt)
          for (const media of job.media) archived.inc({ kind: media.kind }, media.archive?.bytes ?? 0)
        }
      }
    },

    /** Gauges of the whole database, the same from every replica. */
    snapshot(found: GaugeReadings | null) {
      up.set(found === null ? 0 : 1)
      if (found === null) return
      for (const g of [jobs, oldest, tasks, taskAge]) g.reset()
      // Nothing there is a 0, not a gap.
      for (const state of states) {
        jobs.set({ state }, 0)
        oldest.set({ state }, 0)
      }
      for (const queue of taskQueues) {
        taskAge.set({ queue }, 0)
        tasks.set({ queue, state: 'created' }, 0)
      }
      for (const [reason, count] of Object.entries(found.turns.waiting)) waiting.set({ reason }, count)
      places.set({ kind: 'limit' }, found.turns.limit)
      places.set({ kind: 'taken' }, found.turns.taken)
      for (const { state, count, oldestSeconds } of found.jobs) {
        jobs.set({ state }, count)
        oldest.set({ state }, oldestSeconds)
      }
      for (const { queue, state, count } of found.tasks) tasks.set({ queue, state }, count)
      for (const [queue, ofQueue] of Map.groupBy(found.tasks, ({ queue }) => queue)) {
        const oldest = Math.min(...ofQueue.map(({ dueSince }) => dueSince ?? found.at))
        taskAge.set({ queue }, (found.at - oldest) / 1000)
      }
      if (found.retentionSlackSeconds === null) slack.remove()
      else slack.set(found.retentionSlackSeconds)
      parked.set(found.unmatchedDeliveries)
      for (const [state, count] of Object.entries(found.callbacks)) undelivered.set({ state }, count)
    },

    process({ connections, keys }: ProcessReadings) {
      pool.set({ state: 'open' }, connections.total)
      pool.set({ state: 'idle' }, connections.idle)
      pool.set({ state: 'waited_for' }, connections.waiting)
      keySet.set(keys)
    },
  }

  function settled(job: Job): void {
    const code = job.error?.code ?? 'none'
    finished.inc({ model: modelLabel(job), status: job.status, code })
    if (accountCodes.includes(code)) accountRefusals.inc({ code })
    time('fal', job, job.submittedAt, job.completedAt)
    time('total', job, job.createdAt, job.completedAt)
    if (job.status !== 'completed') return
    time('queue', job, job.submittedAt, job.startedAt)
    time('settle', job, job.falCompletedAt, job.completedAt)
    if (job.inferenceSeconds !== null)
      stage.observe({ stage: 'inference', kind: job.kind }, job.inferenceSeconds)
    if (job.estimatedMicros !== null) cost.inc({ basis: 'estimated' }, job.estimatedMicros)
    if (job.actualMicros !== null) cost.inc({ basis: 'actual' }, job.actualMicros)
  }

  function creditsSettled({ status, actualMicros }: Job, unreservedMicros: number): void {
    const captured = status === 'completed' ? settleCapture(unreservedMicros, actualMicros).captured : 0
    credits.inc({ entry: 'captured' }, captured)
    credits.inc({ entry: 'released' }, unreservedMicros - captured)
  }

  function time(name: string, job: Job, from: number | null, to: number | null): void {
    if (from !== null && to !== null)
      stage.observe({ stage: name, kind: job.kind }, Math.max(0, to - from) / 1000)
  }
}

/** What this process says about itself. */
export interface ProcessReadings {
  connections: { total: number; idle: number; waiting: number }
  /** In the set that FAL's webhooks are verified with. */
  keys: number
}

/** What the database says about all replicas together. */
export interface GaugeReadings {
  jobs: { state: string; count: number; oldestSeconds: number }[]
  /** When it was read, epoch milliseconds. */
  at: number
  tasks: TaskCount[]
  turns: { limit: number; taken: number; waiting: { places: number; cap: number } }
  retentionSlackSeconds: number | null
  unmatchedDeliveries: number
  callbacks: { pending: number; failed: number }
}

/** Callers may name any endpoint: only those of the catalogue become labels. */
const modelLabel = (job: Job): string => findModel(job.endpointId)?.alias ?? 'other'
