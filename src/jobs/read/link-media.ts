/** Where a file of a job can be read now: a short-lived link to the archived copy, before that FAL's own URL. */
import { AppError } from '../../domain/errors.ts'
import type { Job } from '../../domain/job.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { Clock } from '../../ports/clock.ts'

export interface MediaLink {
  url: string
  /** Epoch milliseconds; null for FAL's link. */
  expiresAt: number | null
  archived: boolean
}

/**
 * `n` as it came in the path. `method`: that with which the link will be followed; null: any, so that it leads to the
 * service, which signs for each. @throws AppError NOT_FOUND when the job has no such file, or the file exists only
 * inside the result.
 */
export type LinkMedia = (job: Job, n: string, method: 'GET' | 'HEAD' | null) => Promise<MediaLink>

export interface LinkMediaDeps {
  archive: Pick<ArchiveStore, 'signedUrl'>
  clock: Clock
  /** Whether own links are whole addresses; else the store's own links are used where it signs any. */
  hasPublicUrl: boolean
  /** A link to the service's own file route. */
  ownLink: (file: {
    key: string
    contentType: string
    fileName: string
    inline: boolean
    expiresAt: number
  }) => string
}

const lifeSeconds = 300

export function makeLinkMedia({ archive, clock, hasPublicUrl, ownLink }: LinkMediaDeps): LinkMedia {
  return async function linkMedia(job, n, method) {
    const media = /^\d{1,6}$/.test(n) ? job.media.find(({ index }) => index === Number(n)) : undefined
    if (media === undefined) throw new AppError('NOT_FOUND', 'The job has no such file.')
    if (media.archive === null) {
      if (media.sourceUrl !== null) return { url: media.sourceUrl, expiresAt: null, archived: false }
      const text =
        'The file came inside the result and is not archived: read it from the result, or archive it.'
      throw new AppError('NOT_FOUND', text)
    }
    const { key, contentType } = media.archive
    const fileName = key.split('/').at(-1) ?? n
    const expiresAt = clock.now() + lifeSeconds * 1000
    const shown = { contentType, fileName, inline: true }
    const own = ownLink({ key, expiresAt, ...shown })
    if (method === null && hasPublicUrl) return { url: own, expiresAt, archived: true }
    const signed = await archive.signedUrl(key, {
      ...shown,
      method: method ?? 'GET',
      expiresInSeconds: lifeSeconds,
    })
    return { url: signed ?? own, expiresAt, archived: true }
  }
}
