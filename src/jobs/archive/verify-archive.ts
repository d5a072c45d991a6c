/** Verifies the archive: reads every file and names each that differs from what its job records. */
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { ArchiveError } from '../../domain/archive-error.ts'
import type { ArchivedThumbnail, Job } from '../../domain/job.ts'
import { archivedObjects, manifestKey } from '../../domain/media/archive-keys.ts'
import type { ArchiveFilter, ArchiveIndex } from '../../ports/archive-index.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'

export interface Difference {
  jobId: string
  key: string
  /** A phrase, e.g. `is missing`. */
  problem: string
}

export interface Verified {
  jobs: number
  files: number
  /** Bytes read. */
  bytes: number
  differences: number
}

export interface VerifyArchiveDeps {
  index: ArchiveIndex
  archive: Pick<ArchiveStore, 'head' | 'get'>
}

export interface VerifyOptions {
  /** Compares sizes only, without reading the files. */
  quick?: boolean
  signal?: AbortSignal
}

/** @throws ArchiveError only when the store as a whole is unavailable. */
export type VerifyArchive = (
  filter: Omit<ArchiveFilter, 'statuses'>,
  onDifference: (difference: Difference) => void,
  options?: VerifyOptions,
) => Promise<Verified>

const pageSize = 100
const jobsAtOnce = 4

export function makeVerifyArchive({ index, archive }: VerifyArchiveDeps): VerifyArchive {
  return async function verifyArchive(filter, onDifference, options = {}) {
    const verified: Verified = { jobs: 0, files: 0, bytes: 0, differences: 0 }
    const report = (difference: Difference) => {
      verified.differences += 1
      onDifference(difference)
    }
    let after: string | null = null
    for (;;) {
      const page: Job[] = await index.page(filter, { limit: pageSize, after })
      const queue = page.filter((job) => job.media.some((media) => media.archive !== null))
      const lane = async () => {
        for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
          options.signal?.throwIfAborted()
          await verifyJob(job, report, verified, options)
        }
      }
      await Promise.all(Array.from({ length: jobsAtOnce }, lane))
      after = page.at(-1)?.id ?? null
      if (page.length < pageSize) return verified
    }
  }

  async function verifyJob(
    job: Job,
    report: (difference: Difference) => void,
    verified: Verified,
    options: VerifyOptions,
  ): Promise<void> {
    verified.jobs += 1
    for (const file of archivedObjects(job)) {
      verified.files += 1
      const problem =
        options.quick === true
          ? await sizeProblem(archive, file)
          : await bytesProblem(archive, file, verified)
      if (problem !== null) report({ jobId: job.id, key: file.key, problem })
    }
    // Content that retention erased is in no manifest either.
    const isDescribed = job.archiveStatus === 'archived' && Object.keys(job.input).length > 0
    const problem = isDescribed ? await manifestProblem(archive, job) : null
    if (problem !== null) report({ jobId: job.id, key: manifestKey(job), problem })
  }
}

type Archive = VerifyArchiveDeps['archive']

async function sizeProblem(archive: Archive, file: ArchivedThumbnail): Promise<string | null> {
  const head = await archive.head(file.key)
  if (head === null) return 'is missing'
  return head.bytes === file.bytes ? null : `has ${head.bytes} bytes instead of ${file.bytes}`
}

async function bytesProblem(
  archive: Archive,
  file: ArchivedThumbnail,
  verified: Verified,
): Promise<string | null> {
  const opened = await openIfThere(archive, file.key)
  if (opened === null) return 'is missing'
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of opened.body) {
      hash.update(chunk)
      bytes += chunk.length
    }
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    verified.bytes += bytes
  }
  if (bytes !== file.bytes) return `has ${bytes} bytes instead of ${file.bytes}`
  const sha256 = hash.digest('hex')
  return sha256 === file.sha256 ? null : `has SHA-256 ${sha256} instead of ${file.sha256}`
}

async function manifestProblem(archive: Archive, job: Job): Promise<string | null> {
  const opened = await openIfThere(archive, manifestKey(job))
  if (opened === null) return 'is missing'
  const content = await text(opened.body)
  const lacking = job.media.find(
    ({ archive: file }) => file !== null && !content.includes(`"${file.sha256}"`),
  )
  return lacking === undefined ? null : `does not name the bytes of file ${lacking.index}`
}

async function openIfThere(archive: Archive, key: string) {
  try {
    return await archive.get(key)
  } catch (error) {
    if (error instanceof ArchiveError && error.trouble === 'gone') return null
    throw error
  }
}
