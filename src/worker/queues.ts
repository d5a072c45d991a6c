/** The queues of the engine and their settings, in one table: how often, how long, how many. Seconds throughout. */
import type { TaskQueue } from '../ports/tasks.ts'

export interface QueueSettings {
  /** `short`: at most one task with a key waits; `standard`: any number. Fixed when the queue is made. */
  policy: 'standard' | 'short'
  retryLimit: number
  retryDelay: number
  retryDelayMax: number
  /** A longer run counts as lost. */
  expireInSeconds: number
  /** Handlers at work at once in one process. */
  workers: number
  /** Where a task goes after its last retry. */
  deadLetter: 'dead' | null
}

/** Without a heartbeat for this long a worker counts as dead, and its task runs elsewhere. */
export const heartbeatSeconds = 15

/** Finished tasks are kept this long: until then the same id cannot be scheduled again. */
export const deleteAfterSeconds = 86_400

export const deadQueue = 'dead'

export const queueSettings: Record<TaskQueue, QueueSettings> = {
  // FAL may be down for an hour: the job's own clock (SUBMIT_GIVE_UP_SECONDS) ends the tries, not a count.
  submit: {
    policy: 'standard',
    retryLimit: 100_000,
    retryDelay: 1,
    retryDelayMax: 30,
    expireInSeconds: 900,
    // FAL is some 100 ms away, in which a worker only waits: eight of them would send fewer than 80 a second.
    workers: 32,
    deadLetter: 'dead',
  },
  // The timer on the job repeats a poll; so the engine does not retry it.
  poll: {
    // Polls of one job must not pile up behind slow workers.
    policy: 'short',
    retryLimit: 1,
    retryDelay: 1,
    retryDelayMax: 5,
    expireInSeconds: 120,
    workers: 16,
    deadLetter: null,
  },
  archive: {
    policy: 'standard',
    retryLimit: 100_000,
    // What FAL or a bucket cannot do yet waits in a task of its own: a retry here is a run that was cut short.
    retryDelay: 1,
    retryDelayMax: 30,
    expireInSeconds: 7200,
    // They wait for downloads, whose slots are shared fairly by client: jobs of one client must not hold all workers.
    workers: 24,
    deadLetter: 'dead',
  },
  // They wait for receivers more than they work; slow ones must not hold up the rest.
  callback: {
    policy: 'standard',
    retryLimit: 100_000,
    retryDelay: 1,
    retryDelayMax: 30,
    expireInSeconds: 60,
    workers: 32,
    deadLetter: 'dead',
  },
  erase: {
    policy: 'standard',
    retryLimit: 100_000,
    retryDelay: 5,
    retryDelayMax: 600,
    expireInSeconds: 300,
    workers: 2,
    deadLetter: 'dead',
  },
  reconcile: {
    policy: 'standard',
    retryLimit: 0,
    retryDelay: 1,
    retryDelayMax: 5,
    expireInSeconds: 300,
    workers: 1,
    deadLetter: null,
  },
  // It runs again every hour; a round cut short or failed is repeated before that.
  cleanup: {
    policy: 'standard',
    retryLimit: 3,
    retryDelay: 60,
    retryDelayMax: 600,
    expireInSeconds: 3600,
    workers: 1,
    deadLetter: null,
  },
}
