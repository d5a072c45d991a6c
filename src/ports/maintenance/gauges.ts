/** The store's readings for the gauges, about all replicas together. */

export interface StoreReadings {
  /** When they were read, epoch milliseconds. */
  at: number
  /** Live jobs, and archives that wait or failed, by the gauges' names of their states. */
  jobs: { state: string; count: number; oldestSeconds: number }[]
  slots: { limit: number; taken: number; waiting: { places: number; cap: number } }
  /** Least time before FAL forgets a finished result that is not fetched yet; null when there is none. */
  retentionSlackSeconds: number | null
  unmatchedDeliveries: number
  callbacks: { pending: number; failed: number }
  /** Micro-USD that all accounts owe. */
  creditsOwedMicros: number
}
