/** Remembers whether the last real write of this process succeeded, so that readiness checks need not write. */

export interface WriteHealth {
  succeeded(): void
  failed(why: Error): void
  /** Throws while the last write failed within the past quarter of an hour. */
  check(): void
}

/** Copies are retried after ten minutes at the latest, so an older failure says nothing about the present. */
const reportsForMs = 15 * 60_000

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
      if (failure !== null && performance.now() - failure.at < reportsForMs)
        throw new Error(`the last write failed: ${failure.why.message}`, { cause: failure.why })
    },
  }
}
