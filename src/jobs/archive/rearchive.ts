/** Requeues the archiving of many jobs: dead-lettered copies, or jobs whose create asked for none. */
import type { Job } from '../../domain/job.ts'
import type { ArchiveFilter, ArchiveIndex } from '../../ports/archive-index.ts'
import type { JobStore } from '../../ports/job-store.ts'

export interface RearchiveFilter extends Omit<ArchiveFilter, 'statuses'> {
  /** Default: `failed`, the dead-lettered ones. */
  statuses?: readonly ('failed' | 'disabled')[]
  /** Maximum number of jobs; default all. */
  limit?: number
}

export interface RearchiveDeps {
  index: ArchiveIndex
  store: Pick<JobStore, 'record'>
}

/** Resolves to the number of jobs that are being copied again; idempotent. `onJob` is called for each. */
export type Rearchive = (filter: RearchiveFilter, onJob?: (job: Job) => void) => Promise<number>

const pageSize = 200

export function makeRearchive({ index, store }: RearchiveDeps): Rearchive {
  return async function rearchive({ limit = Number.POSITIVE_INFINITY, ...filter }, onJob) {
    let asked = 0
    let after: string | null = null
    while (asked < limit) {
      const statuses = filter.statuses ?? ['failed']
      const page: Job[] = await index.page({ ...filter, statuses }, { limit: pageSize, after })
      for (const job of page) {
        if (asked >= limit) break
        const recorded = await store.record(job.id, () => [{ type: 'archive_asked' }], { source: 'api' })
        if (recorded?.changed !== true) continue
        asked += 1
        onJob?.(recorded.job)
      }
      if (page.length < pageSize) break
      after = page.at(-1)?.id ?? null
    }
    return asked
  }
}
