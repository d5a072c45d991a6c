/** Archive maintenance: removes half-written objects of killed processes and applies retention. */

import { settleAll } from '../../concurrency/settle-all.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Erased } from './erase-aged.ts'

export interface MaintainArchiveDeps {
  archive: Pick<ArchiveStore, 'sweepUnfinished'>
  eraseAged: (signal?: AbortSignal) => Promise<Erased>
  log: Pick<Logger, 'info'>
}

/** Longer than any copy may run: older uploads are abandoned. */
const unfinishedMs = 24 * 3_600_000

export function makeMaintainArchive({ archive, eraseAged, log }: MaintainArchiveDeps) {
  async function sweep(): Promise<void> {
    const removed = await archive.sweepUnfinished(unfinishedMs)
    if (removed > 0) log.info({ removed }, 'unfinished uploads of killed processes were removed')
  }

  /** Stops before the next job when `signal` is aborted. */
  return async function maintainArchive(signal?: AbortSignal): Promise<void> {
    await settleAll([sweep(), eraseAged(signal)])
  }
}
