/** Remembers whether the store took the last real write of this process, so that readiness need not write to find out. */

export interface WriteHealth {
  succeeded(): void
  failed(why: Error): void
  /** Throws while the last write failed, and that is no older than a quarter of an hour. */
  check(): void
}

/** Copies are tried again after ten minutes at the latest; what failed longer ago says nothing of now. */
const tellsForMs = 15 * 60_000

export function createWriteHealth(): WriteHealth {
  let failure: { why: Error; at: number } | null = null
  return {
    succeeded() {
      failure = null
    },
    failed(why) {
      failure = { why, at: performance.now() }
    },
    check() {
      if (failure !== null && performance.now() - failure.at < tellsForMs)
        throw new Error(`the last write failed: ${failure.why.message}`, { cause: failure.why })
    },
  }
}
