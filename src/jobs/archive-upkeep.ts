/** At the start and every hour: half-written leftovers of killed processes are removed, and what is too old is erased. */

import type { ArchiveStore, Logger } from './ports.ts'
import type { Erased } from './retention.ts'

export interface ArchiveUpkeepDeps {
  archive: Pick<ArchiveStore, 'sweepUnfinished'>
  eraseAged: (signal?: AbortSignal) => Promise<Erased>
  log: Pick<Logger, 'info' | 'warn'>
}

/** Longer than any copy may run: what is older has no process any more. */
const unfinishedMs = 24 * 3_600_000
const everyMs = 3_600_000

export function createArchiveUpkeep({ archive, eraseAged, log }: ArchiveUpkeepDeps) {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let round: Promise<void> | null = null

  async function sweep(): Promise<void> {
    const removed = await archive.sweepUnfinished(unfinishedMs)
    if (removed > 0) log.info({ removed }, 'unfinished uploads of killed processes were removed')
  }

  /** One failing does not hold up the other; both are tried again in an hour. */
  async function runOnce(): Promise<void> {
    const results = await Promise.allSettled([sweep(), eraseAged(stopping.signal)])
    for (const result of results) {
      if (result.status === 'rejected')
        log.warn({ err: result.reason }, 'the upkeep of the archive will be repeated')
    }
  }

  const begin = () => {
    round ??= runOnce().finally(() => {
      round = null
    })
  }

  return {
    runOnce,
    start(): void {
      begin()
      timer = setInterval(begin, everyMs)
    },
    /** Resolves when a running round has ended. */
    async stop(): Promise<void> {
      stopping.abort()
      if (timer !== null) clearInterval(timer)
      await round
    },
  }
}
