/**
 * The port of the job schedule: when a job is polled next, and how long its history is kept. It is the second,
 * smaller writer of jobs: it sets due times, counts attempts, and marks jobs whose events it deleted by age. It never
 * touches status, money or the version, nor adds to a history: the job store alone does.
 */

export interface JobSchedule {
  /** Schedules a poll for jobs whose time has come, at most `limit`, and moves their time on; returns how many. */
  sweepDue(limit: number): Promise<number>
  /**
   * Polls these jobs within `delayMs` if they are running and would be polled later; jobs submitted after
   * `submittedBefore` are left alone. However many replicas ask, a job is polled once per delay.
   */
  pollEarly(ids: readonly string[], options: { delayMs: number; submittedBefore: number }): Promise<void>
  /**
   * Polls now the jobs that wait for a slot and whose deadline has passed: they fail at their deadline, not when they
   * are admitted.
   */
  pollOverdue(): Promise<void>
  /**
   * Jobs whose bill FAL is to be asked for now, at most `limit`, each for one caller: its next read is moved on, so
   * that a caller that fails is followed by another.
   */
  claimUnsettled(limit: number): Promise<string[]>
  /** FAL is asked for the bill of this job again at this time, epoch milliseconds. */
  settleLater(id: string, at: number): Promise<void>
  /** Those of the jobs that have no due time get this one, epoch milliseconds. */
  startPolling(ids: readonly string[], at: number): Promise<void>
  /**
   * Deletes the events of final jobs that ended before this time (epoch milliseconds) and marks the jobs, at most
   * `limit` of them; returns how many.
   */
  pruneEvents(endedBefore: number, limit: number): Promise<number>
}
