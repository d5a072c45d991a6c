/** The queues of the engine and their settings, in one table: how often, how long, how many. Seconds throughout. */
import type { TaskQueue } from '../jobs/ports.ts'

export interface QueueSettings {
  retryLimit: number
  retryDelay: number
  retryDelayMax: number
  /** A run longer than this is taken for lost. */
  expireInSeconds: number
  /** Handlers at work at once in one process. */
  workers: number
  /** Where a task goes after its last retry. */
  deadLetter: 'dead' | null
}

/** A worker that stops beating for this long is taken for dead, and its task runs elsewhere. */
export const heartbeatSeconds = 20

/** Finished tasks are kept this long: until then the same id cannot be scheduled again. */
export const deleteAfterSeconds = 86_400

export const deadQueue = 'dead'

export const queueSettings: Record<TaskQueue, QueueSettings> = {
  // FAL may be down for an hour: the job's own clock (SUBMIT_GIVE_UP_SECONDS) ends the tries, not a count.
  submit: {
    retryLimit: 100_000,
    retryDelay: 1,
    retryDelayMax: 30,
    expireInSeconds: 900,
    workers: 8,
    deadLetter: 'dead',
  },
  // The timer on the job repeats a poll; the engine need not.
  poll: {
    retryLimit: 1,
    retryDelay: 1,
    retryDelayMax: 5,
    expireInSeconds: 120,
    workers: 8,
    deadLetter: null,
  },
  archive: {
    retryLimit: 100_000,
    retryDelay: 2,
    retryDelayMax: 600,
    expireInSeconds: 7200,
    workers: 8,
    deadLetter: 'dead',
  },
  callback: {
    retryLimit: 100_000,
    retryDelay: 2,
    retryDelayMax: 3600,
    expireInSeconds: 60,
    workers: 8,
    deadLetter: 'dead',
  },
  reconcile: {
    retryLimit: 0,
    retryDelay: 1,
    retryDelayMax: 5,
    expireInSeconds: 300,
    workers: 1,
    deadLetter: null,
  },
  cleanup: {
    retryLimit: 0,
    retryDelay: 1,
    retryDelayMax: 5,
    expireInSeconds: 300,
    workers: 1,
    deadLetter: null,
  },
}
