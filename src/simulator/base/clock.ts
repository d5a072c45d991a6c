/**
 * The simulated clock: runs `speed` times as fast as real time and can be moved forward. Every simulated wait uses
 * it.
 */

export interface SimulatorClock {
  readonly speed: number
  /** Simulated milliseconds since 1970; starts at the real time. */
  now(): number
  /** Runs `task` after `seconds` of simulated time. Returns the function that cancels it. */
  after(seconds: number, task: () => void): () => void
  /** Resolves after `seconds` of simulated time. */
  wait(seconds: number): Promise<void>
  /** Jumps forward; everything that falls due runs first, in order, each at its own time. */
  advance(seconds: number): void
  /** Cancels every scheduled task. */
  clear(): void
}

interface Task {
  readonly at: number
  readonly order: number
  readonly run: () => void
  timer: NodeJS.Timeout | undefined
}

/** setTimeout fires at once above this. */
const longestTimerMs = 2 ** 31 - 1

export function createClock(speed: number): SimulatorClock {
  const realStart = Date.now()
  const tasks = new Set<Task>()
  let jumpedMs = 0
  let frozenAt: number | undefined
  let order = 0

  const now = () => frozenAt ?? realStart + (Date.now() - realStart) * speed + jumpedMs
  const arm = (task: Task) => {
    const waitMs = Math.min(Math.max(0, (task.at - now()) / speed), longestTimerMs)
    task.timer = setTimeout(() => (now() + 1 < task.at ? arm(task) : fire(task)), Math.ceil(waitMs))
    task.timer.unref()
  }
  const fire = (task: Task) => {
    if (tasks.delete(task)) task.run()
  }
  const after = (seconds: number, run: () => void) => {
    const task: Task = { at: now() + seconds * 1000, order: order++, run, timer: undefined }
    tasks.add(task)
    if (frozenAt === undefined) arm(task)
    return () => {
      clearTimeout(task.timer)
      tasks.delete(task)
    }
  }
  const disarm = () => {
    for (const task of tasks) clearTimeout(task.timer)
  }

  return {
    speed,
    now,
    after,
    wait: (seconds) => new Promise((resolve) => after(seconds, resolve)),
    advance(seconds) {
      const target = now() + seconds * 1000
      disarm()
      for (let next = earliest(tasks); next && next.at <= target; next = earliest(tasks)) {
        frozenAt = Math.max(frozenAt ?? 0, next.at)
        fire(next)
      }
      frozenAt = undefined
      jumpedMs += target - now()
      for (const task of tasks) arm(task)
    },
    clear() {
      disarm()
      tasks.clear()
    },
  }
}

function earliest(tasks: ReadonlySet<Task>): Task | undefined {
  let first: Task | undefined
  for (const task of tasks) {
    if (!first || task.at < first.at || (task.at === first.at && task.order < first.order)) first = task
  }
  return first
}
