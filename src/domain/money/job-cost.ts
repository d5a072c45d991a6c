/** The final cost of a job, and what each of its changes adds to its key's month. Micro-USD throughout. */
import type { LedgerEffect } from '../facts.ts'
import { isFinal, type Job, type JobStatus } from '../job.ts'

/** What FAL bills for a render, as far as known. */
export const costOf = ({ actualMicros, estimatedMicros }: Job): number => actualMicros ?? estimatedMicros ?? 0

export type Settlement = Extract<LedgerEffect, 'capture' | 'release'>

/** What happens to the reservation of a final job. */
export const settlementOf = (status: JobStatus): Settlement =>
  status === 'completed' ? 'capture' : 'release'

/**
 * What a change adds to what its key has spent in the month of the job's creation, where the job's budget was
 * counted: a failed job cost nothing, a completed one what FAL reported.
 */
export function monthChange(before: Job, after: Job, ledger: LedgerEffect | null): number {
  if (before.budgetMicros === 0) return 0
  if (ledger === 'charge_late') return costOf(after)
  if (isFinal(before.status) || !isFinal(after.status)) return 0
  const cost = after.status === 'completed' ? (after.actualMicros ?? before.budgetMicros) : 0
  return cost - before.budgetMicros
}
