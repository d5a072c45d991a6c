/**
 * What FAL bills for each request: the truth that headers, billing events and the balance show sooner, later or
 * never.
 */

export interface Bill {
  /** The endpoint it is billed under, which need not be the one submitted to. */
  readonly endpointId: string
  readonly units: number
  readonly unitPriceUsd: number
}

export interface LedgerEntry extends Bill {
  readonly requestId: string
  readonly submittedTo: string
  readonly at: Date
  /** Simulated ms from which FAL's own lists and headers show it. */
  readonly shownFrom: number
}

/** USD, to a billionth, as FAL's billing events count. */
export function costUsd({ units, unitPriceUsd }: Bill): number {
  return Math.round(units * unitPriceUsd * 1e9) / 1e9
}

export function totalUsd(bills: readonly Bill[]): number {
  return Math.round(bills.reduce((sum, bill) => sum + costUsd(bill), 0) * 1e9) / 1e9
}
