/**
 * The durable engine (pg-boss) behind the three verbs the use cases need: schedule, close, wake. Tasks are rows sent in
 * the transaction that causes them; workers are woken after its commit, one idle worker per hint instead of all of them.
 */
import { type Db, PgBoss } from 'pg-boss'
import { throttledLog } from '../concurrency/log-throttle.ts'
import { settleWithin } from '../concurrency/timeouts.ts'
import type { Logger } from '../ports/logger.ts'
import type { Signals } from '../ports/signals.ts'
import {
  ClaimLostError,
  type Task,
  type TaskQueue,
  type TaskScheduler,
  type Transaction,
  taskQueues,
} from '../ports/tasks.ts'
import { deadQueue, deleteAfterSeconds, heartbeatSeconds, queueSettings } from './queues.ts'

export type TaskHandler = (task: Task) => Promise<void>

export interface Engine extends TaskScheduler {
  start(): Promise<void>
  /** Begins to take tasks. */
  work(handlers: Record<TaskQueue, TaskHandler>): Promise<void>
  /**
   * Stops taking tasks and lets running ones end; what still runs near the end of `timeoutMs` is aborted and released
   * to whoever is left. Resolves within `timeoutMs`; tasks can still be scheduled.
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

/** Thrown by a handler to have its task run again later, without the noise of an error. */
export class TryAgainLater extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'TryAgainLater'
  }
}

const topic = 'task'
/** How often one idle worker per queue looks without a hint: retries and lost hints start this late at most. */
const idlePollMs = 500
/** Of the time to rest in: what aborted handlers may take to wind up. */
const abortedMs = 1_000
const engineStopMs = 1_000

const processStops = 'the process is stopping'

const sameErrorMs = 10_000

interface Payload {
  subject: string
}

export function createEngine(options: EngineOptions): Engine {
  const { log, signals } = options
  const boss = new PgBoss({
    connectionString: options.url,
    application_name: 'fal-jobs-engine',
    ...options.connection,
    max: options.poolSize,
    migrate: false,
    createSchema: false,
    supervise: options.supervise,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    queueCacheIntervalSeconds: 5,
    maintenanceIntervalSeconds: 300,
    connectionTimeoutMillis: 5_000,
  })
  // While the database is away every worker says so, again and again.
  const tellError = throttledLog<Error>({
    everyMs: sameErrorMs,
    keyOf: (error) => ('code' in error ? String(error.code) : error.message.replace(/ \(Queue: .*$/, '')),
    say: (error, unsaid) => log.warn({ err: error, unsaid }, 'task engine'),
  })
  boss.on('error', tellError)
  boss.on('warning', (warning) => log.warn({ warning }, 'task engine'))

  const idle = new Map<TaskQueue, Set<string>>(taskQueues.map((queue) => [queue, new Set<string>()]))
  let pollTimer: NodeJS.Timeout | null = null
  let unsubscribe: (() => void) | null = null
  const stopping = new AbortController()
  let taking = true

  /** One idle worker fetches; it wakes the next when it finds work, so a burst fans out by itself. */
  const wakeOne = (queue: TaskQueue): void => {
    const set = idle.get(queue)
    const [id] = set ?? []
    if (set === undefined || id === undefined) return
    set.delete(id)
    boss.notifyWorker(id)
    // Until its handler starts it counts as idle again: an empty fetch must not make it unreachable.
    set.add(id)
  }

  return {
    async start() {
      await boss.start()
    },

    async schedule(tx: Transaction, tasks) {
      for (const queue of new Set(tasks.map((task) => task.queue))) {
        const inserts = tasks
          .filter((task) => task.queue === queue)
          .map((task) => ({
            id: task.id,
            data: { subject: task.subject } satisfies Payload,
            priority: task.priority ?? 0,
            ...(queueSettings[queue].policy === 'short' ? { singletonKey: task.subject } : {}),
            ...(task.startAfterSeconds === undefined ? {} : { startAfter: task.startAfterSeconds }),
          }))
        await boss.insert(queue, inserts, { db: tx })
      }
    },

    async close(tx, tasks) {
      for (const queue of new Set(tasks.map((task) => task.queue))) {
        const closing = tasks.filter((task) => task.queue === queue)
        const attempts = closing.map(({ id, retryCount }) => ({ id, retryCount }))
        const response = await boss.complete(queue, attempts, null, { db: tx })
        // pg-boss answers {jobs, requested, affected}; its type says nothing of it.
        if (!('affected' in response) || response.affected !== closing.length)
          throw new ClaimLostError(closing)
      }
    },

    async withoutTask(tx, queue, subjects) {
      const { rows } = await tx.executeSql(
        `select distinct data->>'subject' as subject from pgboss.job
         where name = $1 and state in ('created', 'retry', 'active') and data->>'subject' = any($2)`,
        [queue, subjects],
      )
      const attended = new Set(rows.map((row: { subject: string }) => row.subject))
      return subjects.filter((subject) => !attended.has(subject))
    },

    wake(queues) {
      for (const queue of new Set(queues)) signals.publish(topic, queue)
    },

    async work(handlers) {
      unsubscribe = signals.subscribe(topic, (key) => {
        for (const queue of taskQueues) if (key === null || key === queue) wakeOne(queue)
      })
      for (const queue of taskQueues) await addWorkers(queue, handlers[queue])
      pollTimer = setInterval(() => {
        for (const queue of taskQueues) wakeOne(queue)
      }, idlePollMs)
    },

    async rest(timeoutMs) {
      if (pollTimer !== null) clearInterval(pollTimer)
      unsubscribe?.()
      taking = false
      // Until then a worker may still be fetching: a task that it gets must not stay behind as its claim.
      const ended = Promise.all(taskQueues.map((queue) => boss.offWork(queue)))
      await settleWithin(ended, Math.max(0, timeoutMs - abortedMs))
      stopping.abort(new TryAgainLater(processStops))
      await settleWithin(ended, abortedMs)
    },

    async stop() {
      // What would not end is failed by the engine, which makes it due again in a second or two.
      await boss.stop({ graceful: true, timeout: engineStopMs })
    },
  }

  async function addWorkers(queue: TaskQueue, handler: TaskHandler): Promise<void> {
    const polling = { batchSize: 1, pollingIntervalSeconds: 30, notifyPollingIntervalSeconds: 30 }
    for (let n = 0; n < queueSettings[queue].workers; n++) {
      let worker = ''
      worker = await boss.work<Payload>(queue, polling, async ([claimed]) => {
        if (claimed === undefined) return
        idle.get(queue)?.delete(worker)
        // Look again right after this task, and let a colleague look now: there may be more.
        boss.notifyWorker(worker)
        wakeOne(queue)
        const task: Task = {
          queue,
          id: claimed.id,
          subject: claimed.data.subject,
          retryCount: claimed.retryCount,
          signal: AbortSignal.any([claimed.signal, stopping.signal]),
        }
        try {
          if (!taking) throw new TryAgainLater(processStops)
          await handler(task)
        } catch (error) {
          // Interrupted by a stop is not failed: no pause, and the next in line is told.
          if (stopping.signal.aborted || (!taking && error instanceof TryAgainLater)) {
            log.info(about(task), 'task put back: the process is stopping')
            await putBack(boss.getDb(), task)
            signals.publish(topic, queue)
            return
          }
          const expected = error instanceof TryAgainLater || error instanceof ClaimLostError
          if (expected) log.info({ ...about(task), reason: error.message }, 'task runs again later')
          else log.error({ ...about(task), err: error }, 'task failed')
          throw error
        } finally {
          idle.get(queue)?.add(worker)
        }
      })
      idle.get(queue)?.add(worker)
    }
  }
}

/**
 * Makes a claimed task due at once, as if never taken but for its count of runs: what the run before it may still do is
 * fenced off, as after any other run. pg-boss itself can only fail it (with a pause that doubles) or forget the run.
 */
async function putBack(db: Db, { queue, id, retryCount }: Task): Promise<void> {
  await db.executeSql(
    `update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null
     where name = $1 and id = $2 and state = 'active' and retry_count = $3`,
    [queue, id, retryCount],
  )
}

/** Named as in the lines that the task itself writes. */
const about = ({ queue, subject }: Task) =>
  subject.startsWith('job_') ? { task: queue, jobId: subject } : { task: queue, subject }

/** Creates or updates the engine's schema and queues. Done once per deploy (`npm run migrate`) or at start, under a lock. */
export async function migrateEngine(options: { url: string; log: Logger }): Promise<void> {
  const boss = new PgBoss({ connectionString: options.url, supervise: false, schedule: false, max: 2 })
  boss.on('error', (error) => options.log.warn({ err: error }, 'task engine'))
  await boss.start()
  try {
    if ((await boss.getQueue(deadQueue)) === null)
      await boss.createQueue(deadQueue, { retentionSeconds: 7_776_000 })
    for (const queue of taskQueues) {
      const { workers: _workers, policy, deadLetter, ...settings } = queueSettings[queue]
      const wanted = {
        ...settings,
        retryBackoff: true,
        heartbeatSeconds,
        deleteAfterSeconds,
        ...(deadLetter === null ? {} : { deadLetter }),
      }
      // createQueue leaves an existing queue as it is.
      if ((await boss.getQueue(queue)) === null) await boss.createQueue(queue, { policy, ...wanted })
      else await boss.updateQueue(queue, wanted)
    }
  } finally {
    await boss.stop({ graceful: true, timeout: 5_000 })
  }
}
