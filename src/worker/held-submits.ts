/** Applies the submit circuit breaker: a held task waits for a while in its worker, then returns to its queue. */

import type { SubmitBreaker } from '../jobs/run/submit-breaker.ts'
import type { Task } from '../ports/tasks.ts'
import { type TaskHandler, TryAgainLater } from './task-handler.ts'

/** Long enough to avoid database work while waiting, short enough to notice deadlines. */
const waitMs = 10_000

export function held(submit: TaskHandler, breaker: Pick<SubmitBreaker, 'enter'>): TaskHandler {
  return async (task: Task) => {
    const pass = await breaker.enter(waitMs, task.signal)
    if (pass === null) throw new TryAgainLater('submits are held back')
    try {
      await submit(task)
    } finally {
      pass.done()
    }
  }
}
