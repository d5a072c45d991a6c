/** The port of the task engine: schedule and close tasks inside a transaction, wake workers after its commit. */

export const taskQueues = ['submit', 'poll', 'archive', 'callback', 'erase', 'reconcile', 'cleanup'] as const
export type TaskQueue = (typeof taskQueues)[number]

/** A record with a value for each queue. */
export function ofEachQueue<T>(make: (queue: TaskQueue) => T): Record<TaskQueue, T> {
  return Object.fromEntries(taskQueues.map((queue) => [queue, make(queue)])) as Record<TaskQueue, T>
}

/** A claimed task: closed in the same transaction as what it caused, fenced against a run that was taken over. */
export interface Task {
  queue: TaskQueue
  id: string
  /** The subject: a job id or a callback id; empty for periodic tasks. */
  subject: string
  /** 0 on the first run. */
  retryCount: number
  /** Aborted when the claim is lost or the process stops. */
  signal: AbortSignal
}

export interface TaskToSchedule {
  queue: TaskQueue
  /** The same id is scheduled once, however often it is sent. */
  id: string
  subject: string
  startAfterSeconds?: number
  /** Higher first. */
  priority?: number
}

/** A transaction in progress: opaque, only passed on. */
export interface Transaction {
  // biome-ignore lint/suspicious/noExplicitAny: rows of a foreign query, as the engine's own interface has them
  executeSql(text: string, values?: unknown[]): Promise<{ rows: any[] }>
}

/** What the use cases need of the engine: schedule in a transaction, close in a transaction, wake after the commit. */
export interface TaskScheduler {
  schedule(tx: Transaction, tasks: readonly TaskToSchedule[]): Promise<void>
  /** Completes the claimed tasks. Throws when a claim was lost, so that the transaction rolls back. */
  close(tx: Transaction, tasks: readonly Task[]): Promise<void>
  /** The `subjects` without a waiting or running task in this queue. */
  withoutTask(tx: Transaction, queue: TaskQueue, subjects: readonly string[]): Promise<string[]>
  /** Wakes idle workers in all processes. Call it after the commit. */
  wake(queues: readonly TaskQueue[]): void
}

/** Unfinished tasks of one queue in one state. */
export interface TaskCount {
  queue: string
  state: string
  count: number
  /** Since when the oldest of those that are due waits, epoch milliseconds; null when none is due. */
  dueSince: number | null
}

/** What the operator's gauges ask the engine. */
export interface TaskCounts {
  countTasks(): Promise<TaskCount[]>
}

/** Another run took over the claim: whatever this run wanted to close with is rolled back. */
export class ClaimLostError extends Error {
  constructor(tasks: readonly Pick<Task, 'queue' | 'id'>[]) {
    super(`${tasks.map(({ queue, id }) => `${queue}/${id}`).join(', ')}: taken over by another run`)
    this.name = 'ClaimLostError'
  }
}
