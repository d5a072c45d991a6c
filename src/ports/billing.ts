/** The ports of FAL's statement: its billing events, and what this service knows of the same requests. */
import type { CostSource } from '../domain/job.ts'

/** What FAL charged for one request, all of its events together. */
export interface BilledRequest {
  requestId: string
  /** The endpoint that FAL charged. */
  endpointId: string
  /** As decimal text; null: FAL does not say. */
  units: string | null
  micros: number
}

export interface FalStatement {
  /** All requests billed in that time (epoch milliseconds), or why they could not be read to the end. */
  billed(
    period: { from: number; to: number },
    signal?: AbortSignal,
  ): Promise<BilledRequest[] | { trouble: string }>
}

export interface KnownBill {
  jobId: string
  requestId: string
  actualMicros: number | null
  costSource: CostSource | null
}

export interface BillStore {
  /** Those of the requests that belong to jobs of this service. */
  knownBills(requestIds: readonly string[]): Promise<KnownBill[]>
  /** Epoch milliseconds up to which FAL's statement was compared; null: never. */
  comparedUntil(): Promise<number | null>
  noteCompared(until: number): Promise<void>
}
