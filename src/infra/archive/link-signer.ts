/** Signs the links under which the service itself serves the folder archive: whoever holds one may read that file until it expires. */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { BoundedMap } from '../../concurrency/bounded-map.ts'

export interface ArchiveLink {
  key: string
  /** Epoch milliseconds. */
  expiresAt: number
  contentType: string
  fileName: string
  inline: boolean
}

export type LinkVerdict = { type: 'valid'; link: ArchiveLink } | { type: 'expired' } | { type: 'forged' }

export interface LinkSigner {
  /** One path segment, `[A-Za-z0-9._-]` only, that says everything needed to serve the file. */
  sign(link: ArchiveLink): string
  verify(token: string): LinkVerdict
}

const secretMinBytes = 16
/** Keys have at most 1024 bytes, names and types less: longer tokens are not ours. */
const tokenMaxChars = 8192
/** Some megabytes at most. */
const rememberAtMost = 5_000

/** `secret` is shared by all replicas; `now` gives epoch milliseconds. Throws when the secret is shorter than 16 bytes. */
export function createLinkSigner({ secret, now }: { secret: string; now: () => number }): LinkSigner {
  if (Buffer.byteLength(secret) < secretMinBytes) {
    throw new Error(`the secret that signs archive links needs at least ${secretMinBytes} bytes`)
  }
  // A key of its own for this purpose, so that signatures made elsewhere with the same secret mean nothing here.
  const key = createSecretKey(createHmac('sha256', secret).update('fal-jobs archive link v1').digest())
  const macOf = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest()
  /** Links live for hours and are shown with every look at a job. */
  const signed = new BoundedMap<string, string>(rememberAtMost)

  return {
    sign(link) {
      const fields = JSON.stringify([link.key, link.expiresAt, link.contentType, link.fileName, link.inline])
      const known = signed.get(fields)
      if (known !== undefined) return known
      const payload = Buffer.from(fields).toString('base64url')
      const token = `${payload}.${macOf(payload).toString('base64url')}`
      signed.set(fields, token)
      return token
    },
    verify(token) {
      const [payload, mac, ...rest] = token.length <= tokenMaxChars ? token.split('.') : []
      if (payload === undefined || mac === undefined || rest.length > 0) return { type: 'forged' }
      const expected = macOf(payload)
      const given = Buffer.from(mac, 'base64url')
      // Compared again as text, since base64url lets several spellings mean the same bytes.
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected)
      if (!isOurs || mac !== expected.toString('base64url')) return { type: 'forged' }
      const link = parseLink(payload)
      if (link === null) return { type: 'forged' }
      return link.expiresAt > now() ? { type: 'valid', link } : { type: 'expired' }
    },
  }
}

/** Only called for payloads that carry our signature. */
function parseLink(payload: string): ArchiveLink | null {
  const fields: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  if (!Array.isArray(fields)) return null
  const [key, expiresAt, contentType, fileName, inline]: unknown[] = fields
  if (typeof key !== 'string' || typeof expiresAt !== 'number' || typeof contentType !== 'string') return null
  if (typeof fileName !== 'string' || typeof inline !== 'boolean') return null
  return { key, expiresAt, contentType, fileName, inline }
}
