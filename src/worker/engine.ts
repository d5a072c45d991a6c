/**
 * The durable engine (pg-boss) behind the verbs the use cases need: schedule, close, wake, count. Tasks are rows sent
 * in the transaction that causes them; workers are woken after its commit, one idle worker per notification instead
 * of all of them.
 */
import { PgBoss } from 'pg-boss'
import { throttledLog } from '../concurrency/log-throttle.ts'
import type { Logger } from '../ports/logger.ts'
import type { Signals } from '../ports/signals.ts'
import {
  ClaimLostError,
  type TaskCounts,
  type TaskQueue,
  type TaskScheduler,
  type TaskToSchedule,
} from '../ports/tasks.ts'
import { countTasks, subjectsWithTask } from './engine-tables.ts'
import { queueSettings } from './queues.ts'
import type { TaskHandler } from './task-handler.ts'
import { createTaskWorkers, type Payload, taskTopic } from './task-workers.ts'

export interface Engine extends TaskScheduler, TaskCounts {
  start(): Promise<void>
  /** Begins to take tasks. */
  work(handlers: Record<TaskQueue, TaskHandler>): Promise<void>
  /**
   * Stops taking tasks and lets running ones end; what still runs near the end of `timeoutMs` is aborted and released
   * to other processes. Resolves within `timeoutMs`; tasks can still be scheduled.
   */
  rest(timeoutMs: number): Promise<void>
  /** After `rest`: the end of the engine, in a second at most. */
  stop(): Promise<void>
}

export interface EngineOptions {
  url: string
  signals: Signals
  log: Logger
  poolSize: number
  /** Further settings of the pool's connections, as the driver has them. */
  connection?: object
  /** Whether this process supervises (finds dead workers, deletes old tasks): where workers run. */
  supervise: boolean
}

const engineStopMs = 1_000
const sameErrorMs = 10_000

export function createEngine(options: EngineOptions): Engine {
  const { signals } = options
  const boss = createBoss(options)
  const workers = createTaskWorkers({ boss, signals, log: options.log })

  return {
    async start() {
      await boss.start()
    },

    async schedule(tx, tasks) {
      for (const [queue, ofQueue] of byQueue(tasks)) {
        await boss.insert(queue, ofQueue.map(rowOf), { db: tx })
      }
    },

    async close(tx, tasks) {
      for (const [queue, closing] of byQueue(tasks)) {
        const attempts = closing.map(({ id, retryCount }) => ({ id, retryCount }))
        const response = await boss.complete(queue, attempts, null, { db: tx })
        // pg-boss answers {jobs, requested, affected}; its type says nothing of it.
        if (!('affected' in response) || response.affected !== closing.length)
          throw new ClaimLostError(closing)
      }
    },

    async withoutTask(tx, queue, subjects) {
      const attended = await subjectsWithTask(tx, queue, subjects)
      return subjects.filter((subject) => !attended.has(subject))
    },

    wake(queues) {
      for (const queue of new Set(queues)) signals.publish(taskTopic, queue)
    },

    countTasks: () => countTasks(boss.getDb()),
    work: (handlers) => workers.start(handlers),
    rest: (timeoutMs) => workers.rest(timeoutMs),

    async stop() {
      // What would not end is failed by the engine, which makes it due again in a second or two.
      await boss.stop({ graceful: true, timeout: engineStopMs })
    },
  }
}

function createBoss({ url, connection, poolSize, supervise, log }: EngineOptions): PgBoss {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'fal-jobs-engine',
    ...connection,
    max: poolSize,
    migrate: false,
    createSchema: false,
    supervise,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    queueCacheIntervalSeconds: 5,
    maintenanceIntervalSeconds: 300,
    connectionTimeoutMillis: 5_000,
  })
  // Throttle: during a database outage every worker logs repeatedly.
  const logError = throttledLog<Error>({
    everyMs: sameErrorMs,
    keyOf: (error) => ('code' in error ? String(error.code) : error.message.replace(/ \(Queue: .*$/, '')),
    say: (error, unsaid) => log.warn({ err: error, unsaid }, 'task engine'),
  })
  boss.on('error', logError)
  boss.on('warning', (warning) => log.warn({ warning }, 'task engine'))
  return boss
}

function byQueue<T extends { queue: TaskQueue }>(tasks: readonly T[]): Map<TaskQueue, T[]> {
  return Map.groupBy(tasks, ({ queue }) => queue)
}

const rowOf = ({ queue, id, subject, priority, startAfterSeconds }: TaskToSchedule) => ({
  id,
  data: { subject } satisfies Payload,
  priority: priority ?? 0,
  ...(queueSettings[queue].policy === 'short' ? { singletonKey: subject } : {}),
  ...(startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }),
})
