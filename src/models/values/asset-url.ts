/**
 * Judges the address of an input file before FAL is asked to fetch it: an https URL of a public host, or a `data:`
 * URI of a fitting type. Names are not resolved here; FAL's network must refuse a public name that resolves to a
 * private address.
 */
import ipaddr from 'ipaddr.js'
import type { MediaKind } from '../catalogue/entry.ts'

/** Why the address is refused, as a code and a sentence; null when it is accepted. */
export function assetProblem(address: string, media: MediaKind): { code: string; message: string } | null {
  if (address.slice(0, 5).toLowerCase() === 'data:') return dataUriProblem(address, media)
  const url = URL.parse(address)
  if (url === null || url.protocol !== 'https:') {
    return { code: 'bad_url', message: 'Must be an https URL or a base64 data: URI.' }
  }
  if (isPrivateHost(url.hostname)) {
    return {
      code: 'private_host',
      message: 'The host must be public: FAL fetches the file over the internet.',
    }
  }
  return null
}

/**
 * Whether a host, as WHATWG URL parsing gives it (so decimal, octal and hex IPv4 forms are already dotted), is a
 * loopback, private, link-local or otherwise special address, or a name that only has a meaning inside a network.
 */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (ipaddr.isValid(host)) return !isPublicAddress(host)
  const last = host.slice(host.lastIndexOf('.') + 1)
  return !host.includes('.') || insideOnly.has(last) || host.endsWith('.home.arpa')
}

const insideOnly: ReadonlySet<string> = new Set([
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'test',
  'invalid',
  'onion',
])

function isPublicAddress(host: string): boolean {
  const address = ipaddr.parse(host)
  if (address.range() !== 'unicast') return false
  // Only 2000::/3 of IPv6 is public; the rest includes old IPv4-compatible forms such as ::7f00:1.
  const [first = 0] = address.kind() === 'ipv6' ? address.toByteArray() : [0x20]
  return first >= 0x20 && first < 0x40
}

function dataUriProblem(uri: string, media: MediaKind): { code: string; message: string } | null {
  // Check only the head: the body may be megabytes.
  const comma = uri.slice(0, 256).indexOf(',')
  const head = /^data:([\w.+-]+)\/[\w.+-]+((?:;[\w.+-]+=[\w.+-]+)*);base64$/i.exec(
    uri.slice(0, Math.max(comma, 0)),
  )
  if (head === null || uri.length === comma + 1) {
    return { code: 'bad_url', message: 'A data: URI must read data:<type>;base64,<content>.' }
  }
  const type = head[1]?.toLowerCase()
  if (type === media || type === 'application') return null
  return { code: 'bad_url', message: `The data: URI must hold ${media === 'video' ? 'a' : 'an'} ${media}.` }
}
