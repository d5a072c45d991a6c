/**
 * Self-contained tokens: a payload followed by its HMAC, valid in every replica without a row. Invariant: `open`
 * returns only what was sealed under the same secret and purpose. Clients hold such tokens, so the formats must not
 * change. Pure functions; they stand here since HTTP, use cases and adapters each seal tokens of their own.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Static, TTuple } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

export interface Seal<Content> {
  /** Letters, digits and `.`, `_`, `-` only: one path segment. */
  seal(content: Content): string
  /** null for any text that this service did not seal. */
  open(token: string): Content | null
}

const secretMinBytes = 16
/** Upper bound of a token's length: object keys have at most 1024 bytes, names and types less. */
const tokenMaxChars = 8192

/**
 * Seals a list of JSON fields: base64url of the list, a dot, base64url of its HMAC-SHA-256.
 * The HMAC's key is derived for the purpose, so that a token of another purpose under the same secret is none here.
 * @throws Error when the secret, which all replicas share, is shorter than 16 bytes.
 */
export function sealFields<T extends TTuple>(secret: string, purpose: string, schema: T): Seal<Static<T>> {
  if (Buffer.byteLength(secret) < secretMinBytes)
    throw new Error(`the secret that seals tokens (${purpose}) needs at least ${secretMinBytes} bytes`)
  const key = createSecretKey(createHmac('sha256', secret).update(purpose).digest())

  return {
    seal(fields) {
      const payload = Buffer.from(JSON.stringify(fields)).toString('base64url')
      return `${payload}.${macOf(key, payload).toString('base64url')}`
    },
    open(token) {
      const [payload, mac, ...rest] = token.length <= tokenMaxChars ? token.split('.') : []
      if (payload === undefined || mac === undefined || rest.length > 0) return null
      // Compared as text, since base64url lets several spellings mean the same bytes.
      if (!isSame(Buffer.from(mac), Buffer.from(macOf(key, payload).toString('base64url')))) return null
      const fields: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
      return Value.Check(schema, fields) ? fields : null
    },
  }
}

/**
 * Seals bytes: base64url of the bytes and the first `macBytes` of their HMAC-SHA-256.
 * The secret itself is the key: it must serve this purpose alone.
 */
export function sealBytes(secret: string, { macBytes }: { macBytes: number }): Seal<Buffer> {
  const key = createSecretKey(Buffer.from(secret))
  const tail = (body: Buffer): Buffer => macOf(key, body).subarray(0, macBytes)

  return {
    seal: (body) => Buffer.concat([body, tail(body)]).toString('base64url'),
    open(token) {
      const given = Buffer.from(token, 'base64url')
      const body = given.subarray(0, Math.max(0, given.length - macBytes))
      return isSame(given.subarray(body.length), tail(body)) ? body : null
    },
  }
}

const macOf = (key: KeyObject, payload: string | Buffer): Buffer =>
  createHmac('sha256', key).update(payload).digest()

const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)
