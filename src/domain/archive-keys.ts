/** Where everything of one job lies in the archive: found from what the job says alone, so every try and process finds the same. */
import type { Job, Media } from './job.ts'
import { jobFolder, objectKey } from './object-key.ts'

/** The key a file has, or will have once it is archived. */
export function mediaKey(job: Pick<Job, 'id' | 'clientId' | 'createdAt'>, media: Media): string {
  return objectKey({
    clientId: job.clientId,
    createdAt: job.createdAt,
    jobId: job.id,
    index: media.index,
    fileName: media.fileName ?? nameInUrl(media.sourceUrl),
    contentType: media.contentType,
  })
}

export const manifestKey = (job: Pick<Job, 'id' | 'clientId' | 'createdAt'>): string =>
  `${jobFolder({ clientId: job.clientId, createdAt: job.createdAt, jobId: job.id })}/manifest.json`

/** Every key that may hold something of this job: what was archived, what may have been before a crash, and the manifest. */
export function keysOf(job: Pick<Job, 'id' | 'clientId' | 'createdAt' | 'media'>): string[] {
  const files = job.media.flatMap((media) => [
    mediaKey(job, media),
    ...(media.archive === null ? [] : [media.archive.key]),
  ])
  return [...new Set([...files, ...(files.length === 0 ? [] : [manifestKey(job)])])]
}

function nameInUrl(url: string | null): string | null {
  const name = url === null ? undefined : URL.parse(url)?.pathname.split('/').at(-1)
  return name === undefined || name === '' ? null : name
}
