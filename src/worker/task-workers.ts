/**
 * The workers of one process: each takes one task at a time and runs its queue's handler. A notification wakes one
 * idle worker, which wakes the next when it finds work, so a burst fans out. A task interrupted by a stop is
 * released.
 */
import type { PgBoss } from 'pg-boss'
import { settleWithin } from '../concurrency/timeouts.ts'
import { databaseTrouble } from '../ports/database-trouble.ts'
import type { Logger } from '../ports/logger.ts'
import type { Signals } from '../ports/signals.ts'
import { ClaimLostError, type Task, type TaskQueue, taskQueues } from '../ports/tasks.ts'
import { putBack } from './engine-tables.ts'
import { queueSettings } from './queues.ts'
import { type TaskHandler, TryAgainLater } from './task-handler.ts'

/** Topic of the notifications that a queue has work; its key is the queue. */
export const taskTopic = 'task'

/** What a task's row carries. */
export interface Payload {
  subject: string
}

export interface TaskWorkers {
  /** Begins to take tasks. */
  start(handlers: Record<TaskQueue, TaskHandler>): Promise<void>
  /**
   * Takes no more tasks and lets running ones end; what still runs near the end of `timeoutMs` is aborted and released
   * to other processes. Resolves within `timeoutMs`.
   */
  rest(timeoutMs: number): Promise<void>
}

/** pg-boss's own polling is rare: notifications and the timer below wake its workers. */
const polling = { batchSize: 1, pollingIntervalSeconds: 30, notifyPollingIntervalSeconds: 30 }
/** Poll interval of one idle worker per queue: bounds the delay of retries and lost notifications. */
const idlePollMs = 500
/** Of the time to rest in: what aborted handlers may take to wind up. */
const abortedMs = 1_000
const processStops = 'the process is stopping'

interface WorkersDeps {
  boss: PgBoss
  signals: Signals
  log: Logger
}

export function createTaskWorkers({ boss, signals, log }: WorkersDeps): TaskWorkers {
  const idle = createIdleWorkers(boss)
  let pollTimer: NodeJS.Timeout | null = null
  let unsubscribe: (() => void) | null = null
  const stopping = new AbortController()
  let taking = true

  return {
    async start(handlers) {
      unsubscribe = signals.subscribe(taskTopic, (key) => {
        for (const queue of taskQueues) if (key === null || key === queue) idle.wakeOne(queue)
      })
      for (const queue of taskQueues) await addWorkers(queue, handlers[queue])
      pollTimer = setInterval(() => {
        for (const queue of taskQueues) idle.wakeOne(queue)
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
  }

  async function addWorkers(queue: TaskQueue, handler: TaskHandler): Promise<void> {
    for (let n = 0; n < queueSettings[queue].workers; n++) {
      let worker = ''
      worker = await boss.work<Payload>(queue, polling, async ([claimed]) => {
        if (claimed === undefined) return
        idle.remove(queue, worker)
        // Fetch again right after this task, and wake another worker now: there may be more.
        boss.notifyWorker(worker)
        idle.wakeOne(queue)
        try {
          await run(taskOf(queue, claimed, stopping.signal), handler)
        } finally {
          idle.add(queue, worker)
        }
      })
      idle.add(queue, worker)
    }
  }

  async function run(task: Task, handler: TaskHandler): Promise<void> {
    try {
      if (!taking) throw new TryAgainLater(processStops)
      await handler(task)
    } catch (error) {
      // An interruption by a stop is no failure: no backoff, and other workers are notified.
      if (stopping.signal.aborted || (!taking && error instanceof TryAgainLater)) {
        log.info(about(task), 'task released: the process is stopping')
        await putBack(boss.getDb(), task)
        signals.publish(taskTopic, task.queue)
        return
      }
      const expected = error instanceof TryAgainLater || error instanceof ClaimLostError
      const trouble = databaseTrouble(error)
      if (expected) log.info({ ...about(task), reason: error.message }, 'task runs again later')
      else if (trouble !== null)
        log.warn(
          { ...about(task), trouble, reason: String(error) },
          'task runs again later: database trouble',
        )
      else log.error({ ...about(task), err: error }, 'task failed')
      throw error
    }
  }
}

/** The workers of each queue that wait for work. */
function createIdleWorkers(boss: PgBoss) {
  const idle = new Map<TaskQueue, Set<string>>(taskQueues.map((queue) => [queue, new Set<string>()]))
  return {
    add: (queue: TaskQueue, worker: string) => void idle.get(queue)?.add(worker),
    remove: (queue: TaskQueue, worker: string) => void idle.get(queue)?.delete(worker),
    /** Has one of them fetch. */
    wakeOne(queue: TaskQueue): void {
      const workers = idle.get(queue)
      const [worker] = workers ?? []
      if (workers === undefined || worker === undefined) return
      workers.delete(worker)
      boss.notifyWorker(worker)
      // Until its handler starts it counts as idle again: an empty fetch must not make it unreachable.
      workers.add(worker)
    },
  }
}

const taskOf = (queue: TaskQueue, claimed: Claimed, stopping: AbortSignal): Task => ({
  queue,
  id: claimed.id,
  subject: claimed.data.subject,
  retryCount: claimed.retryCount,
  signal: AbortSignal.any([claimed.signal, stopping]),
})

interface Claimed {
  id: string
  data: Payload
  retryCount: number
  signal: AbortSignal
}

/** Named as in the lines that the task itself writes. */
const about = ({ queue, subject }: Task) =>
  subject.startsWith('job_') ? { task: queue, jobId: subject } : { task: queue, subject }
