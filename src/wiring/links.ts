/** The addresses the service gives out: of its own API, of archived files, and for FAL's webhooks. */
import type { Config } from '../config/config.ts'
import type { ArchivedThumbnail, Job } from '../domain/job.ts'
import { type ArchiveLink, createLinkSigner, type LinkSigner } from '../infra/archive/link-signer.ts'
import { viewForCallback, viewListed } from '../jobs/read/bounded-view.ts'
import { type JobView, type Links, viewJob } from '../jobs/read/job-view.ts'

const hourMs = 3_600_000
/** How long a link to a file stays good in the API's answers. */
const linkLifeMs = 24 * hourMs
/** A callback is retried for days, and each attempt sends the same bytes. */
const callbackLinkLifeMs = 7 * linkLifeMs

/** How this installation shows jobs and their files. */
export interface Views {
  /** As the API shows a job. */
  view: (job: Job) => JobView
  /** As a list shows it. */
  viewListed: (job: Job) => JobView
  /** As a callback shows it. */
  callbackData: (job: Job) => JobView
  /** The address under which the service itself serves a file. */
  ownLink: (file: ArchiveLink) => string
  signer: LinkSigner
}

/** `secret` is shared by all replicas, `now` their time in epoch milliseconds. */
export function createViews(config: Config, secret: string, now: () => number): Views {
  const signer = createLinkSigner({ secret, now })
  const links = linksOf(config, signer, now, linkLifeMs)
  const lastingLinks = linksOf(config, signer, now, callbackLinkLifeMs)
  return {
    view: (job) => viewJob(job, links, now()),
    viewListed: (job) => viewListed(job, links, now()),
    callbackData: (job) => viewForCallback(job, lastingLinks, now()),
    ownLink: (file) => links.to(`/files/${signer.sign(file)}`),
    signer,
  }
}

/** The webhook URL for a job; null without APP_URL, where polling alone finishes jobs. */
export function webhookUrl(config: Config, job: Job): string | null {
  if (config.appUrl === null) return null
  return `${config.appUrl}${config.fal.webhookPath}?job=${job.id}&token=${job.webhookToken}`
}

/** A link to a file is good for `lifeMs` at least and begins at a whole hour, so that caches see the same one. */
function linksOf(config: Config, signer: LinkSigner, now: () => number, lifeMs: number): Links {
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
