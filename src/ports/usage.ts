/** The port of usage: sums over jobs by the hour of their creation, and the upkeep of those sums. */
import type { Page } from './page.ts'

export const usageGroups = ['hour', 'day', 'model', 'userId', 'client', 'kind', 'status'] as const
export type UsageGroup = (typeof usageGroups)[number] | `metadata.${string}`

export interface UsageQuery {
  /** null: all clients. */
  clientId: string | null
  /** Epoch milliseconds, whole hours; `to` is the first hour that does not count. */
  from: number
  to: number
  /** One or two. */
  groupBy: readonly UsageGroup[]
}

export interface UsageRow {
  /** A value for each group, in their order; null: the jobs have none. */
  groups: (string | null)[]
  jobs: number
  files: number
  bytes: number
  estimatedMicros: number
  /** FAL's bills, as far as known. */
  actualMicros: number
  chargedMicros: number
  /** Jobs whose bill is not known. */
  unsettledJobs: number
}

export interface UsageStore {
  /** In the order of the groups' values. */
  read(query: UsageQuery, page: { limit: number; cursor: string | null }): Promise<Page<UsageRow>>
  /**
   * Sums hours that have ended and are not summed, newest first, and those whose jobs have changed since; at most `limit`.
   * Returns how many. Any number of processes may do so at once.
   */
  sumHours(now: number, limit: number): Promise<number>
}
