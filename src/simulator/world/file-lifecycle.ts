/** The expiry and the access of a file, as the caller's lifecycle header sets them. */

import { isObject, type Json, parseJson } from '../base/json.ts'
import type { AccessDecision } from './file-store.ts'

export interface FileLifecycle {
  /** 0 = no expiry. */
  readonly expirySeconds: number
  readonly access: AccessDecision
}

/** The lifecycle of uploads, to which the account's settings for outputs do not apply. */
export const openForEver: FileLifecycle = { expirySeconds: 0, access: 'allow' }

/**
 * Reads `X-Fal-Object-Lifecycle(-Preference)`: expiry and default access; `otherwise` where the header sets neither.
 */
export function lifecycleOf(lifecycle: Json, otherwise: FileLifecycle): FileLifecycle {
  if (!isObject(lifecycle)) return otherwise
  const { expiration_duration_seconds: life, initial_acl: acl } = lifecycle
  const decision = isObject(acl) ? acl.default : undefined
  return {
    expirySeconds: typeof life === 'number' ? life : life === null ? 0 : otherwise.expirySeconds,
    access:
      decision === 'allow' || decision === 'forbid' || decision === 'hide' ? decision : otherwise.access,
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
