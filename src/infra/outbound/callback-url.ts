/**
 * Which callback URLs a client may name: https to somewhere public. Resolved addresses are checked again at every
 * connect.
 */
import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** What is wrong with a URL; null when nothing is. `allowPrivate` permits private addresses and plain http. */
export function makeProblemOfUrl({ allowPrivate }: { allowPrivate: boolean }) {
  return function problemOfUrl(text: string): string | null {
    const url = URL.parse(text)
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      return 'The callback URL must be an absolute https URL.'
    }
    if (url.username !== '' || url.password !== '') {
      return 'The callback URL must not carry a user name or password; callbacks are signed instead.'
    }
    if (url.hash !== '') return 'The callback URL must not have a fragment: it would not be sent.'
    if (allowPrivate) return null
    if (url.protocol !== 'https:') return 'The callback URL must be https.'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const isLocalName = /(^|\.)(localhost|local|internal)\.?$/.test(host)
    if (isLocalName || (isIP(host) !== 0 && !isPublicAddress(host))) {
      return 'The callback URL must lead to a public address.'
    }
    return null
  }
}
