/** Short-lived tokens for one job, to be handed to a browser: signed, so that they need no row; they only allow looking. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface JobToken {
  jobId: string
  clientId: string
  /** The key that made it. */
  keyId: string
  /** Epoch milliseconds. */
  expiresAt: number
}

export interface JobTokens {
  sign(token: JobToken): string
  /** null when it is forged, garbled or expired. */
  verify(text: string): JobToken | null
}

const prefix = 'fjt_'

export const isJobToken = (text: string): boolean => text.startsWith(prefix)

/** `secret` is shared by all replicas; `now` gives epoch milliseconds. */
export function createJobTokens({ secret, now }: { secret: string; now: () => number }): JobTokens {
  // A key of its own for this purpose, so that signatures made elsewhere with the same secret mean nothing here.
  const key = createHmac('sha256', secret).update('fal-jobs job token v1').digest()
  const macOf = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest()

  return {
    sign({ jobId, clientId, keyId, expiresAt }) {
      const fields = JSON.stringify([jobId, clientId, keyId, expiresAt])
      const payload = Buffer.from(fields).toString('base64url')
      return `${prefix}${payload}.${macOf(payload).toString('base64url')}`
    },
    verify(text) {
      if (!isJobToken(text)) return null
      const [payload, mac, ...rest] = text.slice(prefix.length).split('.')
      if (payload === undefined || mac === undefined || rest.length > 0) return null
      const expected = macOf(payload)
      const given = Buffer.from(mac, 'base64url')
      // Compared again as text, since base64url lets several spellings mean the same bytes.
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected)
      if (!isOurs || mac !== expected.toString('base64url')) return null
      const token = parse(payload)
      return token !== null && token.expiresAt > now() ? token : null
    },
  }
}

/** Only called for payloads that carry our signature. */
function parse(payload: string): JobToken | null {
  const fields: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  if (!Array.isArray(fields)) return null
  const [jobId, clientId, keyId, expiresAt]: unknown[] = fields
  if (typeof jobId !== 'string' || typeof clientId !== 'string') return null
  if (typeof keyId !== 'string' || typeof expiresAt !== 'number') return null
  return { jobId, clientId, keyId, expiresAt }
}
