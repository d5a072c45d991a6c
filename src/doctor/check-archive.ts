/** Tries every right that the archive needs of its bucket or folder; what was written for it is gone when it ends. */
import type { Config } from '../config/config.ts'
import type { ArchiveStore } from '../ports/archive-store.ts'
import { type CheckResult, fail, ok, warn } from './check-result.ts'

export async function checkArchive(
  archive: Pick<ArchiveStore, 'check'>,
  { archive: { bucket, dir }, corsOrigins }: Pick<Config, 'archive' | 'corsOrigins'>,
): Promise<CheckResult> {
  const where = bucket === null ? `folder ${dir}` : `bucket ${bucket}`
  try {
    const { remarks, pagesCanRead } = await archive.check()
    const works = `${where}: ${bucket === null ? 'written, read, listed and deleted' : 'every right it needs works, by link too'}`
    const detail = [works, ...remarks].join('; ')
    if (pagesCanRead !== false || corsOrigins.length === 0) return ok(detail)
    return warn(
      `${detail}; pages of CORS_ORIGINS cannot read its files by script`,
      'Set the CORS rule of docs/deploy.md ("Pages of other origins") on the bucket, or ignore this when pages only show files.',
    )
  } catch (error) {
    const detail = `${where}: ${error instanceof Error ? error.message : String(error)}`
    return fail(
      detail,
      bucket === null
        ? 'Make the folder writable for this user (ARCHIVE_DIR), on a disk that every replica shares.'
        : 'Correct what the detail names: a setting, or a right of the credentials (all are in docs/deploy.md, "The bucket").',
    )
  }
}
