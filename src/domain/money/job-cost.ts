/** The cost of a job, and what each of its changes adds to its key's month. Micro-USD throughout. */
import type { LedgerEffect } from '../facts.ts'
import { isFinal, type Job } from '../job.ts'
import { billOf } from './bill.ts'

export type Settlement = Extract<LedgerEffect, 'capture' | 'release'>

/** What happens to the reservation of a job whose request has ended. */
export const settlementOf = (job: Job): Settlement => (isRendered(job) ? 'capture' : 'release')

/** What a change adds to what its key has spent in the month of the job's creation. */
export const monthChange = (before: Job, after: Job): number => monthCost(after) - monthCost(before)

/**
 * What a job counts in the month of its key, where its budget was counted: the budget until its request has ended,
 * then FAL's bill. Until FAL has reported it, a render counts the budget, and what FAL did not render counts nothing.
 */
function monthCost(job: Job): number {
  if (job.budgetMicros === 0) return 0
  if (!isFinal(job.status) || job.openAtFal) return job.budgetMicros
  return billOf(job) ?? (isRendered(job) ? job.budgetMicros : 0)
}

/** Whether FAL finished it, in time or late. */
const isRendered = (job: Job): boolean => job.status === 'completed' || job.falStatus === 'COMPLETED'
