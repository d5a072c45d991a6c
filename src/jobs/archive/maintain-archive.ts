/** Half-written leftovers of killed processes are removed from the archive, and what is too old is erased. */

import { settleAll } from '../../concurrency/settle-all.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Erased } from './erase-aged.ts'

export interface MaintainArchiveDeps {
  archive: Pick<ArchiveStore, 'sweepUnfinished'>
  eraseAged: (signal?: AbortSignal) => Promise<Erased>
  log: Pick<Logger, 'info'>
}

/** Longer than any copy may run: what is older has no process any more. */
const unfinishedMs = 24 * 3_600_000

export function makeMaintainArchive({ archive, eraseAged, log }: MaintainArchiveDeps) {
  async function sweep(): Promise<void> {
    const removed = await archive.sweepUnfinished(unfinishedMs)
    if (removed > 0) log.info({ removed }, 'unfinished uploads of killed processes were removed')
  }

  /** An aborted `signal` ends it at the next job. */
  return async function maintainArchive(signal?: AbortSignal): Promise<void> {
    await settleAll([sweep(), eraseAged(signal)])
  }
}
