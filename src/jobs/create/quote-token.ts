/**
 * A quote as a signed token: client, input, price and expiry. Nothing is stored, so a quote is valid in every replica
 * and after every restart, and needs no clean-up.
 */
import { createHash } from 'node:crypto'
import { sealBytes } from '../../domain/sealed-token.ts'

export interface Quote {
  clientId: string
  endpointId: string
  /** The input that FAL would receive. */
  input: Record<string, unknown>
  estimatedMicros: number | null
  atMostMicros: number | null
}

export type QuoteVerdict =
  | { type: 'same' }
  /** Forged, or issued to another client. */
  | { type: 'unknown' }
  | { type: 'expired' }
  | { type: 'changed'; what: 'price' | 'input' }

export interface QuoteTokens {
  /** `expiresAt` in epoch milliseconds. */
  sign(quote: Quote, expiresAt: number): string
  /** Whether `quoteId` was issued for exactly this. */
  verify(quoteId: string, quote: Quote, now: number): QuoteVerdict
}

const prefix = 'quo_'
const bytes = { version: 1, expiresAt: 6, client: 16, input: 16, price: 16 }
const macBytes = 24
const version = 1

/** `hashOfJson` must not depend on the order of keys. */
export function createQuoteTokens(secret: string, hashOfJson: (value: object) => Buffer): QuoteTokens {
  const tokens = sealBytes(secret, { macBytes })
  const size = Object.values(bytes).reduce((sum, part) => sum + part, 0)

  function bodyOf(quote: Quote, expiresAt: number): Buffer {
    const head = Buffer.alloc(bytes.version + bytes.expiresAt)
    head.writeUInt8(version, 0)
    head.writeUIntBE(expiresAt, bytes.version, bytes.expiresAt)
    const { clientId, endpointId, input, estimatedMicros, atMostMicros } = quote
    return Buffer.concat([
      head,
      createHash('sha256').update(clientId).digest().subarray(0, bytes.client),
      hashOfJson({ endpointId, input }).subarray(0, bytes.input),
      hashOfJson({ estimatedMicros, atMostMicros }).subarray(0, bytes.price),
    ])
  }

  return {
    sign(quote, expiresAt) {
      return prefix + tokens.seal(bodyOf(quote, expiresAt))
    },

    verify(quoteId, quote, now) {
      const body = quoteId.startsWith(prefix) ? tokens.open(quoteId.slice(prefix.length)) : null
      if (body === null || body.length !== size) return { type: 'unknown' }
      const expiresAt = body.readUIntBE(bytes.version, bytes.expiresAt)
      const present = bodyOf(quote, expiresAt)
      const differs = (from: number, length: number) =>
        !body.subarray(from, from + length).equals(present.subarray(from, from + length))
      const client = bytes.version + bytes.expiresAt
      const input = client + bytes.client
      if (differs(client, bytes.client)) return { type: 'unknown' }
      if (expiresAt <= now) return { type: 'expired' }
      if (differs(input, bytes.input)) return { type: 'changed', what: 'input' }
      if (differs(input + bytes.input, bytes.price)) return { type: 'changed', what: 'price' }
      return { type: 'same' }
    },
  }
}
