/** Runs work serially for each key: of one key, no two run at the same time, and they run in the order of the calls. */
export class SerialByKey {
  /** The last work of each key; bounded by the calls in flight. */
  readonly #last = new Map<string, Promise<void>>()

  /** A failure is reported to the caller of the failed work only. */
  async run(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#last.set(key, mine)
    try {
      await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
