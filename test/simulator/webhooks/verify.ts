/** Verifies a received webhook by FAL's rules with node:crypto, independently of the simulator's own signer. */

import { createHash, createPublicKey, verify } from 'node:crypto'
import { isObject, type JsonObject } from '../../../src/simulator/base/json.ts'
import type { Simulator } from '../../../src/simulator/simulator.ts'
import { call, type Received } from '../fal-caller.ts'

export async function publishedKeys(simulator: Simulator): Promise<readonly JsonObject[]> {
  const { keys } = (await call(simulator.jwksUrl)).body
  return Array.isArray(keys) ? keys.filter(isObject) : []
}

/** Any key may have signed; the clock may be off by 300 s. */
export function isGenuine(received: Received, keys: readonly JsonObject[]): boolean {
  const header = (name: string) => String(received.headers[`x-fal-webhook-${name}`])
  const timestamp = header('timestamp')
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const bodyHash = createHash('sha256').update(received.text).digest('hex')
  const message = Buffer.from([header('request-id'), header('user-id'), timestamp, bodyHash].join('\n'))
  const signature = Buffer.from(header('signature'), 'hex')
  return keys.some((jwk) =>
    verify(null, message, createPublicKey({ key: { ...jwk }, format: 'jwk' }), signature),
  )
}
