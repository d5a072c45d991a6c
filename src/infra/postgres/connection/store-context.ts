/** The context of every verb of the job store, and the notification after its commit. */
import type { Kysely } from 'kysely'
import type { TransitionContext } from '../../../domain/facts.ts'
import type { SlotLimits } from '../../../domain/fair-queue.ts'
import type { EventSource, Job } from '../../../domain/job.ts'
import type { PollSchedule } from '../../../domain/poll-schedule.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Signals } from '../../../ports/signals.ts'
import type { TaskScheduler } from '../../../ports/tasks.ts'
import type { Database } from '../rows/schema.ts'
import type { LockWaits } from './lock-waits.ts'

/** The dependencies of every verb of the store. */
export interface StoreContext {
  db: Kysely<Database>
  scheduler: TaskScheduler
  signals: Signals
  clock: Clock
  waits: LockWaits
  poll: PollSchedule
  /** The public view of a job in a callback. */
  callbackData: (job: Job) => unknown
  /** Set where FAL slots are limited. */
  slots?: SlotLimits
}

/** The transition context of a change that is decided now. */
export const transitionContext = (context: StoreContext, source: EventSource): TransitionContext => ({
  source,
  now: context.clock.now(),
  poll: context.poll,
})

/** Topic on which a changed job is announced, with the job's id as key. */
const jobTopic = 'job'

/** After the commit: wakes workers for new tasks and followers of this job. */
export function announce(
  context: StoreContext,
  jobId: string,
  queues: Parameters<TaskScheduler['wake']>[0],
): void {
  if (queues.length > 0) context.scheduler.wake(queues)
  context.signals.publish(jobTopic, jobId)
}
