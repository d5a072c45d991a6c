/**
 * The four headers of a webhook attempt, each signed for that attempt over request id, account, time and the body's
 * hash.
 */

import { createHash } from 'node:crypto'
import type { SigningKeys } from '../world/signing-keys.ts'

export interface SignatureOptions {
  readonly requestId: string
  readonly userId: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly body: string
  readonly asStranger?: boolean
}

export function signatureHeaders(keys: SigningKeys, options: SignatureOptions): Record<string, string> {
  const bodyHash = createHash('sha256').update(options.body).digest('hex')
  const message = [options.requestId, options.userId, options.timestamp, bodyHash].join('\n')
  return {
    'x-fal-webhook-request-id': options.requestId,
    'x-fal-webhook-user-id': options.userId,
    'x-fal-webhook-timestamp': String(options.timestamp),
    'x-fal-webhook-signature': options.asStranger ? keys.signAsStranger(message) : keys.sign(message),
  }
}
