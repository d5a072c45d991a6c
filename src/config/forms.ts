/**
 * Settings that are text of a certain form: values that the schema accepts but that cannot work are refused, with
 * what to write.
 */

import { isFalBase } from '../domain/fal-base.ts'
import { createMediaHostRules } from '../domain/media/media-host-rules.ts'
import { findCurated } from '../models/catalogue.ts'
import { checked, decoded, itemsOf, type Setting, text } from './setting.ts'

export const trimmed = (url: string): string => url.replace(/\/+$/, '')

/** A public base URL without slashes at its end; null when unset. */
export const webUrl = (name: string, description: string): Setting<string | null, string> =>
  decoded(
    checked(text(name, description), (url) => webUrlProblems(name, url)),
    (url) => (url === null ? null : trimmed(url)),
  )

export const webUrlProblems = (name: string, value: string): string[] =>
  isWebUrl(value, (url) => url.protocol === 'http:')
    ? []
    : [`${name}: must be an http(s) URL without query, but is "${value}"`]

/** The value may hold a password: it is not repeated. */
export function proxyProblems(value: string): string[] {
  const url = URL.parse(value)
  const isProxy =
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/'
  return isProxy
    ? []
    : ['HTTPS_PROXY: must be the http(s) address of a proxy, e.g. http://proxy.example.com:3128']
}

export function falBaseProblems(name: string, value: string, loopback: boolean): string[] {
  if (isFalBase(value, loopback)) return []
  const rule = 'must be an https URL whose host ends in .fal.ai or .fal.run'
  const hint = isFalBase(value, true) ? ' (set FAL_ALLOW_LOOPBACK=1 to use a local simulator)' : ''
  return [`${name}: ${rule}, but is "${value}"${hint}`]
}

export const jwksProblems = (value: string, loopback: boolean): string[] =>
  isWebUrl(value, (url) => loopback && url.protocol === 'http:' && localHosts.has(url.hostname))
    ? []
    : [`FAL_JWKS_URL: must be an https URL, but is "${value}"`]

const localHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** https, or what `admits` says, without user, query and fragment. */
function isWebUrl(value: string, admits: (url: URL) => boolean): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false
  return url.protocol === 'https:' || admits(url)
}

/** A number of hops, addresses, or false for none. */
export function trustedProxies(value: string | null): false | number | string[] {
  if (value === null || value === '0') return false
  return /^\d+$/.test(value) ? Number(value) : itemsOf(value)
}

/** `p@ss/word` makes `ss` the host and the rest a path: no part of it may be shown. */
export const databaseProblems =
  (name: string) =>
  (value: string): string[] => {
    if (!/^postgres(ql)?:\/\//.test(value)) return [`${name}: must begin with postgres:// or postgresql://`]
    const unsupported = unsupportedPart(value)
    if (unsupported !== null) return [`${name}: ${unsupported}`]
    // With a socket's folder as `?host=` there is no host before the path.
    const url = URL.parse(value.replace('@/', '@socket/'))
    if (url !== null && !`${url.pathname}${url.hash}`.includes('@') && isDecodable(value)) return []
    return [
      `${name}: is not a URL like postgres://user:password@host:5432/database: write @ : / ? # and % in a password as %40 %3A %2F %3F %23 and %25`,
    ]
  }

const oneAddress = 'give one address that leads to the primary, such as a DNS name or a proxy'

/** What libpq knows and the driver does not: it would be ignored, or fail in words that do not name it. */
function unsupportedPart(value: string): string | null {
  const [, hosts = '', query = ''] = /^\w+:\/\/(?:[^@/?]*@)?([^/?]*)[^?]*\??(.*)$/.exec(value) ?? []
  const options = new URLSearchParams(query)
  if (`${hosts}${options.get('host') ?? ''}`.includes(','))
    return `names several hosts, of which none would be tried: ${oneAddress}`
  if (options.has('target_session_attrs'))
    return `target_session_attrs would be ignored: leave it out and ${oneAddress}`
  if (options.get('sslrootcert') === 'system')
    return 'sslrootcert=system is the default here: leave it out, and write sslmode=verify-full'
  const sslmode = options.get('sslmode') ?? ''
  if (['prefer', 'allow'].includes(sslmode) && !options.has('uselibpqcompat'))
    return `sslmode=${sslmode} would not fall back to a plain connection: write sslmode=verify-full, or disable`
  return null
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Browsers send an origin in exactly one form, which is compared literally. */
export function originProblem(item: string): string[] {
  // `null` is what pages without an origin send; apps have schemes of their own (capacitor://localhost).
  if (item === '*' || item === 'null') return []
  const hasScheme = item.includes('://')
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(item)
  const url = URL.parse(hasScheme ? item : `${isLocal ? 'http' : 'https'}://${item}`)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  const origin = isWeb ? (url?.origin ?? '') : item
  const isExact = isWeb ? origin === item : /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/.test(item)
  if (isExact && !item.includes('*')) return []
  const hint = isWeb && origin !== item && !item.includes('*') ? `: write ${origin}` : ''
  return [
    `CORS_ORIGINS: must hold origins such as https://app.example.com (scheme and host, no path, no * within), or * alone for all, but "${item}" is none${hint}`,
  ]
}

export function typeProblem(item: string): string[] {
  if (/^(\*\/\*|[\w!#$&^.+-]+\/(\*|[\w!#$&^.+-]+))$/.test(item)) return []
  return [`ARCHIVE_ALLOWED_TYPES: must hold media types such as image/png or image/*, but "${item}" is none`]
}

export function hostProblem(item: string): string[] {
  try {
    createMediaHostRules([item])
    return []
  } catch {
    return [
      `ARCHIVE_ALLOWED_HOSTS: must hold host names such as media.example.com, 10.0.0.5:9000 or *.example.com, without scheme and path, but "${item}" is none`,
    ]
  }
}

const endpointId = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/

export function modelProblem(item: string): string[] {
  if (item.includes('*') ? /^[A-Za-z0-9._/*-]+$/.test(item) : endpointId.test(item)) return []
  const entry = findCurated(item)
  if (entry?.alias === item.toLowerCase()) return []
  const hint = entry === undefined ? 'GET /api/models lists the aliases' : `write ${entry.alias}`
  return [
    `PROXY_ALLOWED_MODELS: must hold aliases (veo3), endpoint ids (fal-ai/flux/dev) or either with * (fal-ai/flux/*), but "${item}" is none: ${hint}`,
  ]
}
