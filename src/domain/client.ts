/** The client: the tenant a request acts for, with the limits of the key it used. */
import type { KeyLimits } from './key-limits.ts'

/** The client and key of a request. */
export interface Client {
  clientId: string
  keyId: string
  scopes: readonly string[]
  limits: KeyLimits
}
