/** Starts and stops the background work of one process: the engine's workers and the sweeps that feed them. */
import type { JobStore, Logger, TaskQueue } from '../jobs/ports.ts'
import type { RecoverWork } from '../jobs/recover-work.ts'
import type { Engine, TaskHandler } from './engine.ts'

export interface WorkerDeps {
  engine: Pick<Engine, 'work'>
  store: Pick<JobStore, 'sweepDue'>
  recoverWork: RecoverWork
  /** Sees to it that the current period's reconciliation runs once, in whichever replica. */
  scheduleReconcile: () => Promise<void>
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
const reconcileLookMs = 60_000

export function createWorker(deps: WorkerDeps): Worker {
  const { store, log } = deps
  let lastSweepAt = 0
  let stopping = false
  const running = new Set<Promise<void>>()
  const timers: NodeJS.Timeout[] = []

  /** Runs `sweep` again and again with a pause between; a failure is logged and the next round tries anew. */
  function repeat(name: string, pauseMs: number, sweep: () => Promise<void>): void {
    let round: Promise<void> | null = null
    timers.push(
      setInterval(() => {
        if (stopping || round !== null) return
        round = sweep()
          .catch((error: unknown) =>
            log.warn({ err: error, sweep: name }, 'a sweep failed and will be repeated'),
          )
          .finally(() => {
            if (round !== null) running.delete(round)
            round = null
          })
        running.add(round)
      }, pauseMs),
    )
  }

  return {
    async start() {
      await deps.engine.work(deps.handlers)
      lastSweepAt = Date.now()
      repeat('due', dueEveryMs, async () => {
        let swept: number
        // More were due than one batch holds: go on at once, so that none waits behind the others.
        do swept = await store.sweepDue(dueBatch)
        while (swept === dueBatch && !stopping)
        lastSweepAt = Date.now()
      })
      repeat('orphans', orphansEveryMs, async () => {
        await deps.recoverWork()
      })
      repeat('reconcile', reconcileLookMs, deps.scheduleReconcile)
    },
    async stop() {
      stopping = true
      for (const timer of timers) clearInterval(timer)
      await Promise.allSettled(running)
    },
    lastSweepAt: () => lastSweepAt,
  }
}
