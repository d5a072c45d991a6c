/**
 * FAL's hosts, in one list for every part that must know them: bases, returned URLs, files, the proxy's targets. The
 * invariant is that nothing outside this list receives the FAL key, and that each name matches on dot boundaries.
 */

/** Domains of FAL's API; `falrun.com` is the backup that FAL documents for `fal.run`. */
const apiDomains = ['fal.ai', 'fal.run', 'falrun.com']
const mediaDomains = [...apiDomains, 'fal.media']

/** The buckets that FAL's app toolkit and its trainers write to when they do not use FAL's CDN; other buckets of the same hosts are not FAL's. */
const buckets: readonly { host: string; folder: string }[] = [
  { host: 'storage.googleapis.com', folder: '/isolate-dev-hot-rooster_toolkit_bucket/' },
  { host: 'storage.googleapis.com', folder: '/fal-flux-lora/' },
]

/** FAL's official clients use a backup host when the main one cannot be connected to. A map: names such as `constructor` have none. */
const backupOf = new Map([
  ['queue.fal.run', 'queue.falrun.com'],
  ['fal.run', 'falrun.com'],
])

const serviceOf = new Map<string, FalService>([
  ['queue.fal.run', 'queue'],
  ['queue.falrun.com', 'queue'],
  ['fal.run', 'run'],
  ['falrun.com', 'run'],
  ['rest.fal.ai', 'rest'],
  ['rest.alpha.fal.ai', 'rest'],
])

export type FalService = 'queue' | 'run' | 'rest'

/** Host names as `URL` gives them, in lower case. */
export const isApiHost = (hostname: string): boolean =>
  apiDomains.some((domain) => isWithin(hostname, domain))

/** Whether FAL keeps files at this URL. Scheme, port and user name are not judged. */
export const isFilePlace = ({ hostname, pathname }: URL): boolean =>
  mediaDomains.some((domain) => isWithin(hostname, domain)) ||
  buckets.some(({ host, folder }) => hostname === host && pathname.startsWith(folder))

/** Whether a name is FAL's own. */
export const isFileHost = (hostname: string): boolean =>
  mediaDomains.some((domain) => isWithin(hostname, domain))

/** Which of FAL's services a client calls under this name; null for every other host. */
export const falServiceOf = (hostname: string): FalService | null => serviceOf.get(hostname) ?? null

/** The same URL on FAL's backup host; null where FAL has none. */
export function backupUrl(url: string): string | null {
  const parsed = URL.parse(url)
  const backup = parsed === null ? undefined : backupOf.get(parsed.hostname)
  if (parsed === null || backup === undefined) return null
  parsed.hostname = backup
  return parsed.href
}

const isWithin = (hostname: string, domain: string): boolean =>
  hostname === domain || (hostname.endsWith(`.${domain}`) && /^(?:[a-z0-9-]+\.)+[a-z]+$/.test(hostname))
