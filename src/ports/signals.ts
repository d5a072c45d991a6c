/** The port of wake-up notifications between processes; they may be lost, so every subscriber also polls. */

/** Wake-up notifications between processes, sent after a commit and coalesced. Delivery is not guaranteed. */
export interface Signals {
  publish(topic: string, key: string): void
  /**
   * `key` is null when notifications may have been missed (a reconnect): the subscriber must check everything.
   * Returns the function that unsubscribes.
   */
  subscribe(topic: string, listener: (key: string | null) => void): () => void
}
