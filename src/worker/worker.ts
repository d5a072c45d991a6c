/** Starts and stops the background work of one process: the engine's workers and the sweeps that feed them. */

import { createIntervalLoop } from '../concurrency/interval-loop.ts'
import type { RecoverWork } from '../jobs/maintenance/recover-work.ts'
import type { JobSchedule } from '../ports/job-schedule.ts'
import type { Logger } from '../ports/logger.ts'
import type { TaskQueue } from '../ports/tasks.ts'
import type { Engine } from './engine.ts'
import type { TaskHandler } from './task-handler.ts'

export interface WorkerDeps {
  engine: Pick<Engine, 'work'>
  schedule: Pick<JobSchedule, 'sweepDue'>
  recoverWork: RecoverWork
  /** Schedules the current period's reconciliation and maintenance, which run once in any replica. */
  schedulePeriodic: () => Promise<void>
  handlers: Record<TaskQueue, TaskHandler>
  log: Logger
}

export interface Worker {
  start(): Promise<void>
  /** No new sweep begins; resolves when a running one has ended. */
  stop(): Promise<void>
  /** Epoch milliseconds of the last sweep that went through: a worker that cannot sweep is not ready. */
  lastSweepAt(): number
}

const dueEveryMs = 1_000
const dueBatch = 500
const orphansEveryMs = 30_000
const periodicCheckMs = 60_000

export function createWorker(deps: WorkerDeps): Worker {
  const { schedule, log } = deps
  let lastSweepAt = 0

  async function sweepDue(signal: AbortSignal): Promise<void> {
    let swept: number
    // More jobs were due than one batch holds: continue at once.
    do swept = await schedule.sweepDue(dueBatch)
    while (swept === dueBatch && !signal.aborted)
    lastSweepAt = Date.now()
  }

  const sweeps = [
    { name: 'due jobs', everyMs: dueEveryMs, runOnce: sweepDue },
    { name: 'orphaned work', everyMs: orphansEveryMs, runOnce: deps.recoverWork },
    { name: 'periodic tasks', everyMs: periodicCheckMs, runOnce: deps.schedulePeriodic },
  ].map(({ name, ...rounds }) =>
    createIntervalLoop({ ...rounds, log, failed: `sweep for ${name} failed; will retry` }),
  )

  return {
    async start() {
      await deps.engine.work(deps.handlers)
      lastSweepAt = Date.now()
      for (const sweep of sweeps) sweep.start()
    },
    async stop() {
      await Promise.all(sweeps.map((sweep) => sweep.stop()))
    },
    lastSweepAt: () => lastSweepAt,
  }
}
