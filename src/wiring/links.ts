/** The addresses the service gives out: of its own API, of archived files, and for FAL's webhooks. */
import type { Config } from '../config/config.ts'
import type { ArchivedThumbnail, Job } from '../domain/job.ts'
import type { createLinkSigner } from '../infra/archive/link-signer.ts'
import type { Links } from '../jobs/read/job-view.ts'

const hourMs = 3_600_000

/** Where FAL is to tell of the job's end; null without a public address: polling does the work. */
export function webhookUrl(config: Config, job: Job): string | null {
  if (config.appUrl === null) return null
  return `${config.appUrl}${config.fal.webhookPath}?job=${job.id}&token=${job.webhookToken}`
}

/** Links of the API and to archived files. A link to a file is good for `lifeMs` at least and begins at a whole hour: caches see the same one. */
export function linksOf(
  config: Config,
  signer: ReturnType<typeof createLinkSigner>,
  now: () => number,
  lifeMs: number,
): Links {
  const to = (path: string) => `${config.appUrl ?? ''}${path}`
  const { publicBaseUrl, keyPrefix } = config.archive
  const linkTo = (file: ArchivedThumbnail | null | undefined) => {
    if (file == null) return null
    const { key, contentType } = file
    if (publicBaseUrl !== null)
      return [publicBaseUrl, ...(keyPrefix === '' ? [] : [keyPrefix]), key].join('/')
    const expiresAt = Math.floor(now() / hourMs) * hourMs + lifeMs
    const fileName = key.split('/').at(-1) ?? key
    return to(`/files/${signer.sign({ key, expiresAt, contentType, fileName, inline: true })}`)
  }
  return {
    to,
    media: ({ archive }) => linkTo(archive),
    thumbnail: ({ archive }) => linkTo(archive?.thumbnail),
  }
}
