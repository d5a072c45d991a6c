/** How long a file lives and who may read it, as the caller's lifecycle header says. */

import { isObject, type Json, parseJson } from '../base/json.ts'
import type { AccessDecision } from './file-store.ts'

/** Reads `X-Fal-Object-Lifecycle(-Preference)`: life in seconds (0 = no expiry) and the default access. */
export function lifecycleOf(
  lifecycle: Json,
  otherwiseSeconds: number,
): { expirySeconds: number; access: AccessDecision } {
  if (!isObject(lifecycle)) return { expirySeconds: otherwiseSeconds, access: 'allow' }
  const { expiration_duration_seconds: life, initial_acl: acl } = lifecycle
  const decision = isObject(acl) ? acl.default : undefined
  return {
    expirySeconds: typeof life === 'number' ? life : life === null ? 0 : otherwiseSeconds,
    access: decision === 'forbid' || decision === 'hide' ? decision : 'allow',
  }
}

/** A JSON header; null when absent or not JSON. */
export function jsonHeader(text: string | undefined): Json {
  if (!text) return null
  try {
    return parseJson(text)
  } catch {
    // FAL ignores a lifecycle it cannot read, and so do we.
    return null
  }
}
