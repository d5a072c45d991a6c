/** Where everything of one job lies in the archive: found from what the job says alone, so every try and process finds the same. */
import type { ArchivedThumbnail, Job, Media } from '../job.ts'
import { jobFolder, objectKey, thumbnailObjectKey } from './object-key.ts'

/** The key a file has, or will have once it is archived. */
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

/** Everything of a job that was archived and has a hash to be compared with. */
export function archivedObjects(job: Pick<Job, 'media'>): ArchivedThumbnail[] {
  return job.media.flatMap(({ archive }) =>
    archive === null ? [] : [archive, ...(archive.thumbnail === undefined ? [] : [archive.thumbnail])],
  )
}

export const manifestKey = (job: Pick<Job, 'id' | 'clientId' | 'createdAt'>): string =>
  `${jobFolder({ clientId: job.clientId, createdAt: job.createdAt, jobId: job.id })}/manifest.json`

/** Every key that may hold something of this job: what was archived, what may have been before a crash, and the manifest. */
export function keysOf(job: Pick<Job, 'id' | 'clientId' | 'createdAt' | 'media'>): string[] {
  const expected = job.media.flatMap((media) => {
    const thumbnail = thumbnailKey(job, media)
    return thumbnail === null ? [mediaKey(job, media)] : [mediaKey(job, media), thumbnail]
  })
  const files = [...expected, ...archivedObjects(job).map(({ key }) => key)]
  return [...new Set([...files, ...(files.length === 0 ? [] : [manifestKey(job)])])]
}

/** Below it lie objects that a repair moved out of the way, each under the key it had. */
export const quarantineFolder = 'set-aside'

/** The folders below which everything of this job lies, whatever its name: its own, and its part of the quarantine. */
export function foldersOf(job: Pick<Job, 'id' | 'clientId' | 'createdAt'>): string[] {
  const folder = jobFolder({ clientId: job.clientId, createdAt: job.createdAt, jobId: job.id })
  return [folder, `${quarantineFolder}/${folder}`]
}

/** As FAL called it, or its address ends; null when neither tells. */
export const nameOf = ({ fileName, sourceUrl }: Pick<Media, 'fileName' | 'sourceUrl'>): string | null =>
  fileName ?? nameInUrl(sourceUrl)

function nameInUrl(url: string | null): string | null {
  const name = url === null ? undefined : URL.parse(url)?.pathname.split('/').at(-1)
  return name === undefined || name === '' ? null : name
}
