/** Takes many jobs off the dead-letter shelf at once, or copies those that first wanted no copy: each is asked for anew. */
import type { Job } from '../../domain/job.ts'
import type { ArchiveFilter, ArchiveIndex } from '../../ports/archive-index.ts'
import type { JobStore } from '../../ports/job-store.ts'

export interface RearchiveFilter extends Omit<ArchiveFilter, 'statuses'> {
  /** Default: `failed`, the shelf. */
  statuses?: readonly ('failed' | 'disabled')[]
  /** At most so many jobs; default all. */
  limit?: number
}

export interface RearchiveDeps {
  index: ArchiveIndex
  store: Pick<JobStore, 'record'>
}

/** Resolves to how many jobs are being copied again; repeating it is fine. `onJob` hears of each. */
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
