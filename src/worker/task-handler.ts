/** What runs a task, and how it asks for another run without the noise of an error. */
import type { Task } from '../ports/tasks.ts'

export type TaskHandler = (task: Task) => Promise<void>

/** Thrown by a handler to have its task run again later. */
export class TryAgainLater extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'TryAgainLater'
  }
}
