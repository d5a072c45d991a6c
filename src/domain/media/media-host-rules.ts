/** Which hosts media may come from: FAL's own over https, plus those the operator named, which may be private and plain http. */
import { ArchiveError } from '../archive-error.ts'
import { isFilePlace } from '../fal-hosts.ts'

export interface MediaHostRules {
  /** @throws ArchiveError unless media may be fetched from this URL: 'foreign' where naming the host would allow it. */
  check(url: URL): void
  /** Whether the operator named this host (without brackets) and port. */
  isNamed(host: string, port: number): boolean
}

/** An entry is `host` (any port) or `host:port`; `*.host` names every host below; IPv6 in brackets. Throws on a bad entry. */
export function createMediaHostRules(allowedHosts: readonly string[]): MediaHostRules {
  const entries = allowedHosts.map(parseEntry)

  const isNamed = (host: string, port: number) =>
    entries.some((entry) => (entry.port === null || entry.port === port) && entry.matches(host))

  return { check, isNamed }

  function check(url: URL): void {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (url.protocol !== 'https:' && url.protocol !== 'http:') {
      throw new ArchiveError('refused', `scheme ${url.protocol} is not fetched`)
    }
    if (url.username !== '' || url.password !== '') {
      throw new ArchiveError('refused', `${url.host}: an address with a user name is not fetched`)
    }
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    if (isNamed(host, port)) return
    if (url.protocol !== 'https:') throw new ArchiveError('refused', `${url.host}: only https is fetched`)
    if (!isFilePlace(url) || url.port !== '') {
      throw new ArchiveError(
        'foreign',
        `${url.host} is not one of FAL's hosts; if it is right, name it in ARCHIVE_ALLOWED_HOSTS`,
      )
    }
  }
}

const isBelow = (host: string, domain: string): boolean => host.endsWith(`.${domain}`)

function parseEntry(text: string): { matches: (host: string) => boolean; port: number | null } {
  const entry = text.trim().toLowerCase()
  const parts = /^(\*\.)?(\[[0-9a-f:.]+\]|[^\s:/?#@[\]*]+)(?::(\d{1,5}))?$/.exec(entry)
  const named = parts?.[2]
  const port = parts?.[3] === undefined ? null : Number(parts[3])
  if (
    named === undefined ||
    !URL.canParse(`http://${named}`) ||
    (port !== null && (port < 1 || port > 65535))
  ) {
    throw new Error(`ARCHIVE_ALLOWED_HOSTS: ${JSON.stringify(text)} is not a host or host:port`)
  }
  // The same normal form as in the URLs it is compared with (IDN, IPv6, numeric IPv4).
  const host = new URL(`http://${named}`).hostname.replace(/^\[|\]$/g, '')
  return { matches: parts?.[1] === undefined ? (it) => it === host : (it) => isBelow(it, host), port }
}
