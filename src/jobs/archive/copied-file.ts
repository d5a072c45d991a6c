/**
 * Judges one file that passed through: whether it is whole, of which type it is, and what the job records of it. The
 * oddities of a file that is kept become warnings; every other deviation is an ArchiveError.
 */
import { ArchiveError } from '../../domain/archive-error.ts'
import type { ArchivedFile, Media } from '../../domain/job.ts'
import { nameOf } from '../../domain/media/archive-keys.ts'
import { isPageInsteadOfMedia, isTypeAllowed, judgeType } from '../../domain/media/media-type.ts'
import type { PassedFile, SniffedFile } from '../../ports/media-source.ts'

/** The file ended before its own format says it should, and no length was declared. */
export class CutShort extends ArchiveError {
  readonly bytes: number

  constructor(bytes: number) {
    super('broken', `the file ends after ${bytes} bytes, before its format's own end`)
    this.bytes = bytes
  }
}

/** Checks at the last byte: the size that the result declared, else the end that the format announces. */
export function judge(media: Media, cutBefore: number | null, odd: string[]) {
  return ({ bytes, end }: PassedFile): Error | null => {
    if (media.bytes === bytes) return null
    if (media.bytes !== null) {
      const differs = `${bytes} bytes, where the result declared ${media.bytes}`
      if (end !== 'whole') return new ArchiveError('broken', `the file has ${differs}`)
      odd.push(`${differs}; whole by its format`)
      return null
    }
    if (end !== 'cut') return null
    if (bytes !== cutBefore) return new CutShort(bytes)
    odd.push('ends before its own format says, in two downloads alike')
    return null
  }
}

/** @throws ArchiveError for a page in place of the file, and for a type that is not allowed. */
export function typeOf(
  media: Media,
  served: string | null,
  { facts, odd, allowedTypes }: { facts: SniffedFile; odd: string[]; allowedTypes: readonly string[] },
): string {
  const promised = media.contentType ?? (media.kind === 'file' ? null : `${media.kind}/unknown`)
  if (facts.contentType === null && isPageInsteadOfMedia(promised, served)) {
    throw new ArchiveError('broken', `the source served ${served} in place of the file`)
  }
  const { contentType, mismatch } = judgeType(media.contentType ?? served, facts.contentType, nameOf(media))
  if (mismatch !== null) odd.push(`declared as ${mismatch.declared}, but it is ${mismatch.real}`)
  if (isTypeAllowed(contentType, allowedTypes)) return contentType
  throw new ArchiveError('refused', `files of type ${contentType} are not among ARCHIVE_ALLOWED_TYPES`)
}

export function archivedFile(
  media: Media,
  stored: Pick<ArchivedFile, 'key' | 'bytes' | 'sha256' | 'contentType'>,
  { facts, odd, now }: { facts: SniffedFile; odd: string[]; now: number },
): ArchivedFile {
  return {
    key: stored.key,
    bytes: stored.bytes,
    sha256: stored.sha256,
    contentType: stored.contentType,
    archivedAt: new Date(now).toISOString(),
    ...(odd.length === 0 ? {} : { warnings: odd }),
    width: facts.width ?? media.width,
    height: facts.height ?? media.height,
    ...(facts.stored === null ? {} : { stored: facts.stored }),
    durationSeconds: facts.durationSeconds ?? media.durationSeconds,
  }
}
