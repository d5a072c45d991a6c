/** The client: the tenant a request acts for, with the limits of the key it used. */
import type { KeyLimits } from './key-limits.ts'

/** Who asks. */
export interface Client {
  clientId: string
  keyId: string
  scopes: readonly string[]
  limits: KeyLimits
}
