/** Makes an API key: 256 random bits, shown once, kept only as their hash. */
import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '../../domain/errors.ts'
import type { KeyLimits } from '../../domain/key-limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { KeyAdmin, KeyRecord, Scope } from '../../ports/keys.ts'

export interface CreateKeyRequest {
  name: string
  scopes: readonly Scope[]
  /** Epoch milliseconds. */
  expiresAt?: number
  limits?: KeyLimits
  clientId?: string
}

export type CreateKey = (request: CreateKeyRequest) => Promise<{ record: KeyRecord; key: string }>

const prefixChars = 9

/** @throws AppError INVALID_PARAMS: an expiry in the past, an unknown client. */
export function makeCreateKey({ keys, clock }: { keys: Pick<KeyAdmin, 'create'>; clock: Clock }): CreateKey {
  return async function createKey(request) {
    const { name, scopes, limits = {}, expiresAt = null, clientId = null } = request
    if (expiresAt !== null && expiresAt <= clock.now()) {
      throw refusal('/expiresAt', 'The key would have expired already.', 'in_the_past')
    }
    const key = `fj_${randomBytes(32).toString('base64url')}`
    const record = await keys.create({
      name,
      scopes,
      limits,
      expiresAt,
      clientId,
      hash: createHash('sha256').update(key).digest(),
      prefix: key.slice(0, prefixChars),
    })
    if (record === null) throw refusal('/clientId', 'The client does not exist.', 'unknown_client')
    return { record, key }
  }
}

const refusal = (pointer: string, message: string, code: string): AppError =>
  new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code }] })
