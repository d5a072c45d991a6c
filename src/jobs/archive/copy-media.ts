/** Copies a file and its thumbnail. A thumbnail never fails the file: after some attempts it becomes a warning. */
import { ArchiveError, isLasting } from '../../domain/archive-error.ts'
import type { ArchivedFile, Job, Media } from '../../domain/job.ts'
import { thumbnailKey } from '../../domain/media/archive-keys.ts'
import { urlsIn } from '../../domain/media/media-of-result.ts'
import type { CopyFile, FileOwner } from './copy-file.ts'

export type MediaOwner = FileOwner & Pick<Job, 'archiveAttempts' | 'input'>

/** @throws ArchiveError; the next attempt finds what was stored so far. */
export type CopyMedia = (job: MediaOwner, media: Media, signal: AbortSignal) => Promise<ArchivedFile>

/** After this many attempts of the job's copy the file is archived without its thumbnail. */
const thumbnailTries = 3

export function makeCopyMedia({ copyFile }: { copyFile: CopyFile }): CopyMedia {
  return async function copyMedia(job, media, signal) {
    const file = await copyFile(job, media, signal)
    const key = thumbnailKey(job, media)
    // A thumbnail that only echoes an input of the caller is not copied.
    if (key === null || urlsIn(job.input).has(media.thumbnailUrl ?? '')) return file
    try {
      const { bytes, sha256, contentType } = await copyFile(job, pictureOf(media), signal, key)
      return { ...file, thumbnail: { key, bytes, sha256, contentType } }
    } catch (error) {
      if (signal.aborted || !(error instanceof ArchiveError)) throw error
      if (!isLasting(error.trouble) && job.archiveAttempts + 1 < thumbnailTries) throw error
      const reason = `its thumbnail was not kept: ${error.trouble}: ${error.message}`
      return { ...file, warnings: [...(file.warnings ?? []), reason] }
    }
  }
}

/** Only its URL is known. */
function pictureOf({ index, path, thumbnailUrl, thumbnailDamaged }: Media): Media {
  return {
    index,
    path,
    kind: 'image',
    sourceUrl: thumbnailUrl,
    contentType: null,
    fileName: null,
    bytes: null,
    width: null,
    height: null,
    durationSeconds: null,
    thumbnailUrl: null,
    archive: null,
    ...(thumbnailDamaged === true ? { damaged: true as const } : {}),
  }
}
