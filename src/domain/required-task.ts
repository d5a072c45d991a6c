/**
 * Which states of a job require a task: a change that leads into one schedules it, and the sweep for orphaned jobs looks
 * for those without one.
 */
import type { Job } from './job.ts'

export interface RequiredTask {
  queue: 'submit' | 'archive'
  /** All of it holds. */
  state: Partial<Pick<Job, 'status' | 'submission' | 'archiveStatus'>>
  /** In this turn it waits for a slot and has no task yet. */
  unlessTurn?: NonNullable<Job['turn']>
  /** The task began what FAL may have: a lost one is judged, not repeated. */
  isJudged?: true
}

export const requiredTasks = {
  submit: { queue: 'submit', state: { status: 'pending', submission: 'unsent' }, unlessTurn: 'waiting' },
  sending: { queue: 'submit', state: { submission: 'sending' }, isJudged: true },
  archive: { queue: 'archive', state: { archiveStatus: 'pending' } },
} as const satisfies Record<string, RequiredTask>

export type Duty = keyof typeof requiredTasks

export function hasDuty(job: Job, duty: Duty): boolean {
  const { state, unlessTurn }: RequiredTask = requiredTasks[duty]
  const isInState = Object.entries(state).every(
    ([field, value]) => job[field as keyof typeof state] === value,
  )
  return isInState && (unlessTurn === undefined || job.turn !== unlessTurn)
}
