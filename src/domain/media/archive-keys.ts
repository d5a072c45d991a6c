/** The object keys of a job, derived from the job alone, so that every attempt and process uses the same. */
import type { ArchivedThumbnail, Job, Media } from '../job.ts'
import { jobFolder, objectKey, thumbnailObjectKey } from './object-key.ts'

/** The object key of a file, archived or not. */
export function mediaKey(job: Pick<Job, 'id' | 'clientId' | 'createdAt'>, media: Media): string {
  return objectKey({
    clientId: job.clientId,
    createdAt: job.createdAt,
    jobId: job.id,
    index: media.index,
    fileName: nameOf(media),
    contentType: media.contentType,
  })
}

/** null when FAL gave no thumbnail. */
export function thumbnailKey(
  job: Pick<Job, 'id' | 'clientId' | 'createdAt'>,
  { index, thumbnailUrl }: Media,
): string | null {
  if (thumbnailUrl === null) return null
  const { clientId, createdAt, id: jobId } = job
  const fileName = nameInUrl(thumbnailUrl)
  return thumbnailObjectKey({ clientId, createdAt, jobId, index, fileName, contentType: null })
}

/** All archived objects of a job with their hashes. */
export function archivedObjects(job: Pick<Job, 'media'>): ArchivedThumbnail[] {
  return job.media.flatMap(({ archive }) =>
    archive === null ? [] : [archive, ...(archive.thumbnail === undefined ? [] : [archive.thumbnail])],
  )
}

export const manifestKey = (job: Pick<Job, 'id' | 'clientId' | 'createdAt'>): string =>
  `${jobFolder({ clientId: job.clientId, createdAt: job.createdAt, jobId: job.id })}/manifest.json`

/**
 * Every key that may hold an object of this job: archived files, files that a crashed run may have written, and the
 * manifest.
 */
export function keysOf(job: Pick<Job, 'id' | 'clientId' | 'createdAt' | 'media'>): string[] {
  const expected = job.media.flatMap((media) => {
    const thumbnail = thumbnailKey(job, media)
    return thumbnail === null ? [mediaKey(job, media)] : [mediaKey(job, media), thumbnail]
  })
  const files = [...expected, ...archivedObjects(job).map(({ key }) => key)]
  return [...new Set([...files, ...(files.length === 0 ? [] : [manifestKey(job)])])]
}

/** The quarantine: orphan objects that a repair moved here, each under its former key. */
export const quarantineFolder = 'set-aside'

/** The folders below which everything of this job lies, whatever its name: its own, and its part of the quarantine. */
export function foldersOf(job: Pick<Job, 'id' | 'clientId' | 'createdAt'>): string[] {
  const folder = jobFolder({ clientId: job.clientId, createdAt: job.createdAt, jobId: job.id })
  return [folder, `${quarantineFolder}/${folder}`]
}

/** The file name from FAL or from the URL; null when neither has one. */
export const nameOf = ({ fileName, sourceUrl }: Pick<Media, 'fileName' | 'sourceUrl'>): string | null =>
  fileName ?? nameInUrl(sourceUrl)

function nameInUrl(url: string | null): string | null {
  const name = url === null ? undefined : URL.parse(url)?.pathname.split('/').at(-1)
  return name === undefined || name === '' ? null : name
}
