/** The gauges, each declared once with where its values come from: the database of all replicas, or this process. */
import type { StoreReadings } from '../ports/maintenance/gauges.ts'
import { type TaskCount, taskQueues } from '../ports/tasks.ts'
import type { GaugeOf, GaugeValue } from './declare-metrics.ts'

/** What the database says about all replicas together. */
export interface DatabaseReadings extends StoreReadings {
  tasks: TaskCount[]
}

/** What this process says about itself. */
export interface ProcessReadings {
  connections: { total: number; idle: number; waiting: number }
  /** In the set that FAL's webhooks are verified with. */
  keys: number
  submitsHeld: boolean
  /** Since the newest source of the built-in catalogue. */
  catalogueAgeSeconds: number
  /** Whether the gauges of the database could be read for this scrape. */
  databaseAnswered: boolean
}

const states = [
  'pending',
  'in_line',
  'running',
  'uncertain',
  'archive_pending',
  'archive_failed',
  'erase_failing',
]
// A missing reading is 0, not a gap.
const noJobs = states.map((state): GaugeValue => [{ state }, 0])

/** The same from every replica. */
export const databaseGauges: readonly GaugeOf<DatabaseReadings>[] = [
  {
    name: 'jobs',
    help: 'Jobs that are not final, archives that are pending or failed, and erasures that fail.',
    labels: ['state'],
    values: ({ jobs }) => [...noJobs, ...jobs.map(({ state, count }): GaugeValue => [{ state }, count])],
  },
  {
    name: 'oldest_seconds',
    help: 'Age of the oldest job in that state.',
    labels: ['state'],
    values: ({ jobs }) => [
      ...noJobs,
      ...jobs.map(({ state, oldestSeconds }): GaugeValue => [{ state }, oldestSeconds]),
    ],
  },
  {
    name: 'turns_waiting',
    help: 'Jobs queued for a FAL slot, by reason: places (global limit) or cap (per-client limit).',
    labels: ['reason'],
    values: ({ slots: { waiting } }) => [
      [{ reason: 'places' }, waiting.places],
      [{ reason: 'cap' }, waiting.cap],
    ],
  },
  {
    name: 'places',
    help: 'Places at FAL, where slots are limited: limit is FAL_MAX_IN_FLIGHT (0: none), taken those that jobs hold or were admitted to.',
    labels: ['kind'],
    values: ({ slots: { limit, taken } }) => [
      [{ kind: 'limit' }, limit],
      [{ kind: 'taken' }, taken],
    ],
  },
  {
    name: 'tasks',
    help: 'Background tasks that are waiting or running.',
    labels: ['queue', 'state'],
    values: ({ tasks }) => [
      ...taskQueues.map((queue): GaugeValue => [{ queue, state: 'created' }, 0]),
      ...tasks.map(({ queue, state, count }): GaugeValue => [{ queue, state }, count]),
    ],
  },
  {
    name: 'task_wait_seconds',
    help: 'How long the oldest due task has waited.',
    labels: ['queue'],
    values: ({ tasks, at }) => [
      ...taskQueues.map((queue): GaugeValue => [{ queue }, 0]),
      ...[...Map.groupBy(tasks, ({ queue }) => queue)].map(([queue, ofQueue]): GaugeValue => {
        const since = Math.min(at, ...ofQueue.map(({ dueSince }) => dueSince ?? at))
        return [{ queue }, (at - since) / 1000]
      }),
    ],
  },
  {
    name: 'retention_slack_seconds',
    help: 'Least time left before FAL forgets a finished result that has not been fetched.',
    labels: [],
    values: ({ retentionSlackSeconds }) =>
      retentionSlackSeconds === null ? [] : [[{}, retentionSlackSeconds]],
  },
  {
    name: 'webhooks_waiting',
    help: 'Verified deliveries that match no job yet.',
    labels: [],
    values: ({ unmatchedDeliveries }) => [[{}, unmatchedDeliveries]],
  },
  {
    name: 'callbacks_undelivered',
    help: 'Callbacks that wait for an attempt or retry (pending), or were dead-lettered (failed).',
    labels: ['state'],
    values: ({ callbacks: { pending, failed } }) => [
      [{ state: 'pending' }, pending],
      [{ state: 'failed' }, failed],
    ],
  },
  {
    name: 'credits_owed_micros',
    help: 'Micro-USD that accounts owe for renders that their credit did not cover.',
    labels: [],
    values: ({ creditsOwedMicros }) => [[{}, creditsOwedMicros]],
  },
]

export const processGauges: readonly GaugeOf<ProcessReadings>[] = [
  {
    name: 'database_connections',
    help: 'Connections of this process.',
    labels: ['state'],
    values: ({ connections: { total, idle, waiting } }) => [
      [{ state: 'open' }, total],
      [{ state: 'idle' }, idle],
      [{ state: 'waited_for' }, waiting],
    ],
  },
  {
    name: 'key_set_keys',
    help: "Keys in the set FAL's webhooks are verified with.",
    labels: [],
    values: ({ keys }) => [[{}, keys]],
  },
  {
    name: 'submits_held',
    help: '1 while the submit circuit is open because FAL refuses or is unreachable.',
    labels: [],
    values: ({ submitsHeld }) => [[{}, submitsHeld ? 1 : 0]],
  },
  {
    name: 'catalogue_age_seconds',
    help: 'Age of the newest source of the built-in catalogue of models and prices.',
    labels: [],
    values: ({ catalogueAgeSeconds }) => [[{}, catalogueAgeSeconds]],
  },
  {
    name: 'snapshot_ok',
    help: '1 when the database could be read for these gauges.',
    labels: [],
    values: ({ databaseAnswered }) => [[{}, databaseAnswered ? 1 : 0]],
  },
]
