/**
 * Where FAL's API may live, and so where the FAL key may go: https on a host of FAL's API, or the loopback simulator
 * when that is allowed. Promise: no spelling of a foreign host passes.
 */
import { isApiHost } from './fal-hosts.ts'

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Whether `url` may be configured as a base of FAL's API: an origin, with or without a path, without query. */
export function isFalBase(url: string, allowLoopback: boolean): boolean {
  const parsed = parsePlain(url)
  if (parsed === null || parsed.search !== '' || parsed.hash !== '') return false
  return isFalHost(parsed) || (allowLoopback && isLoopback(parsed))
}

/**
 * Whether the key may follow a URL that FAL's answer named: FAL's own hosts, or exactly the origin of one of the
 * configured loopback bases (another loopback port may belong to any program).
 */
export function mayFollow(url: string, bases: readonly string[], allowLoopback: boolean): boolean {
  const parsed = parsePlain(url)
  if (parsed === null) return false
  if (isFalHost(parsed)) return true
  if (!allowLoopback || !isLoopback(parsed)) return false
  return bases.some((base) => URL.canParse(base) && new URL(base).origin === parsed.origin)
}

/** Parsers disagree on backslashes, blanks and control characters; none of them is ever needed here. */
function parsePlain(url: string): URL | null {
  if (!/^[!-[\]-~]+$/.test(url) || !URL.canParse(url)) return null
  const parsed = new URL(url)
  return parsed.username === '' && parsed.password === '' && !url.includes('@') ? parsed : null
}

function isFalHost({ protocol, hostname, port }: URL): boolean {
  return protocol === 'https:' && port === '' && isApiHost(hostname)
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return (protocol === 'http:' || protocol === 'https:') && loopbackHosts.has(hostname)
}
