/** The port of wake-up notifications between processes; they may be lost, so every subscriber also polls. */

/** Hints between processes, sent after a commit and coalesced. A hint may be lost: whoever waits also looks now and then. */
export interface Signals {
  publish(topic: string, key: string): void
  /** `key` is null when hints may have been missed (a reconnect): look at everything. Returns the unsubscribe. */
  subscribe(topic: string, listener: (key: string | null) => void): () => void
}
