/** Short-lived read-only tokens for one job, meant for browsers: signed, so that they need no row. */
import { Type } from '@sinclair/typebox'
import { sealFields } from '../../domain/sealed-token.ts'

export interface JobToken {
  jobId: string
  clientId: string
  /** The key that created it. */
  keyId: string
  /** Epoch milliseconds. */
  expiresAt: number
}

export interface JobTokens {
  sign(token: JobToken): string
  /** null when it is forged, malformed or expired. */
  verify(text: string): JobToken | null
}

const prefix = 'fjt_'

export const isJobToken = (text: string): boolean => text.startsWith(prefix)

/** `secret` is shared by all replicas; `now` gives epoch milliseconds. */
export function createJobTokens({ secret, now }: { secret: string; now: () => number }): JobTokens {
  const fields = Type.Tuple([Type.String(), Type.String(), Type.String(), Type.Number()])
  const tokens = sealFields(secret, 'fal-jobs job token v1', fields)

  return {
    sign: ({ jobId, clientId, keyId, expiresAt }) =>
      prefix + tokens.seal([jobId, clientId, keyId, expiresAt]),
    verify(text) {
      const opened = isJobToken(text) ? tokens.open(text.slice(prefix.length)) : null
      if (opened === null) return null
      const [jobId, clientId, keyId, expiresAt] = opened
      return expiresAt > now() ? { jobId, clientId, keyId, expiresAt } : null
    },
  }
}
