/** The Ed25519 keys that sign webhooks: published as a key set, the newest one signs; rotation keeps the old ones published. */

import { createHash } from 'node:crypto'
import nacl from 'tweetnacl'
import type { Random } from '../random.ts'

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

export function createSigningKeys(random: Random): SigningKeys {
  const newPair = () => nacl.sign.keyPair.fromSeed(createHash('sha256').update(random.hex(64)).digest())
  let pairs = [newPair()]
  const stranger = newPair()
  const signWith = (secretKey: Uint8Array, message: string) =>
    Buffer.from(nacl.sign.detached(Buffer.from(message), secretKey)).toString('hex')
  return {
    sign: (message) => signWith((pairs[0] ?? stranger).secretKey, message),
    signAsStranger: (message) => signWith(stranger.secretKey, message),
    rotate() {
      pairs = [newPair(), ...pairs].slice(0, mostPublished)
    },
    published: () =>
      pairs.map((pair) => ({
        kty: 'OKP',
        crv: 'Ed25519',
        x: Buffer.from(pair.publicKey).toString('base64url'),
      })),
  }
}
