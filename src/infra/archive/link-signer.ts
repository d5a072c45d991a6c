/**
 * Signs the links under which the service itself serves the folder archive: the holder of a link may read that file
 * until it expires.
 */
import { Type } from '@sinclair/typebox'
import { BoundedMap } from '../../concurrency/bounded-map.ts'
import { sealFields } from '../../domain/sealed-token.ts'

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
  /** One path segment, `[A-Za-z0-9._-]` only, that contains everything needed to serve the file. */
  sign(link: ArchiveLink): string
  verify(token: string): LinkVerdict
}

/** Some megabytes at most. */
const rememberAtMost = 5_000

/** `secret` is shared by all replicas; `now` gives epoch milliseconds. Throws when the secret is shorter than 16 bytes. */
export function createLinkSigner({ secret, now }: { secret: string; now: () => number }): LinkSigner {
  const fields = Type.Tuple([Type.String(), Type.Number(), Type.String(), Type.String(), Type.Boolean()])
  const tokens = sealFields(secret, 'fal-jobs archive link v1', fields)
  /** Cached because links live for hours and every view of a job contains them. */
  const signed = new BoundedMap<string, string>(rememberAtMost)

  return {
    sign({ key, expiresAt, contentType, fileName, inline }) {
      const name = JSON.stringify([key, expiresAt, contentType, fileName, inline])
      const token = signed.get(name) ?? tokens.seal([key, expiresAt, contentType, fileName, inline])
      signed.set(name, token)
      return token
    },
    verify(token) {
      const opened = tokens.open(token)
      if (opened === null) return { type: 'forged' }
      const [key, expiresAt, contentType, fileName, inline] = opened
      if (expiresAt <= now()) return { type: 'expired' }
      return { type: 'valid', link: { key, expiresAt, contentType, fileName, inline } }
    },
  }
}
