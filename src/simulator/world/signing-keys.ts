/** The Ed25519 keys that sign webhooks: published as a key set, the newest one signs; rotation keeps the old ones published. */

import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import nacl from 'tweetnacl'
import type { Random } from '../base/random.ts'

export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  /** 32 bytes, base64url without padding. */
  readonly x: string
}

export interface SigningKeys {
  /** Signs with the newest key; 128 lower-case hex digits. */
  sign(message: string): string
  /** Signs with a key that is never published. */
  signAsStranger(message: string): string
  rotate(): void
  published(): readonly PublicJwk[]
}

const mostPublished = 3

/** `isFast` signs with node:crypto in place of tweetnacl: the same bytes (Ed25519 is deterministic), much sooner. */
export function createSigningKeys(random: Random, isFast = false): SigningKeys {
  const newKey = () => createKey(createHash('sha256').update(random.hex(64)).digest(), isFast)
  let keys = [newKey()]
  const stranger = newKey()
  return {
    sign: (message) => (keys[0] ?? stranger).sign(message),
    signAsStranger: (message) => stranger.sign(message),
    rotate() {
      keys = [newKey(), ...keys].slice(0, mostPublished)
    },
    published: () => keys.map((key) => key.jwk),
  }
}

/** A signing key from its 32-byte seed. */
export function createKey(
  seed: Uint8Array,
  isFast: boolean,
): { jwk: PublicJwk; sign(message: string): string } {
  const pair = nacl.sign.keyPair.fromSeed(seed)
  const jwk: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(pair.publicKey).toString('base64url') }
  const d = Buffer.from(seed).toString('base64url')
  const nativeKey: KeyObject | undefined = isFast
    ? createPrivateKey({ key: { ...jwk, d }, format: 'jwk' })
    : undefined
  return {
    jwk,
    sign(message) {
      const bytes = Buffer.from(message)
      const signature = nativeKey ? sign(null, bytes, nativeKey) : nacl.sign.detached(bytes, pair.secretKey)
      return Buffer.from(signature).toString('hex')
    },
  }
}
