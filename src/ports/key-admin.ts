/** What the management of API keys needs from outside; looking one up is the KeyStore's in ports.ts. */
import type { KeyLimits } from '../domain/money/key-limits.ts'
import type { ApiKey, Page, Scope } from './job-store.ts'

/** Topic on which a changed key is announced to all replicas. */
export const keyTopic = 'key'

/** A key with what only its administrator sees. Times are epoch milliseconds. */
export interface KeyRecord extends ApiKey {
  /** The first characters of the secret: enough to tell keys apart, not to use one. */
  prefix: string
  createdAt: number
  /** As of some seconds ago: written in batches. */
  lastUsedAt: number | null
}

export interface NewKey {
  name: string
  hash: Buffer
  prefix: string
  scopes: readonly Scope[]
  limits: KeyLimits
  expiresAt: number | null
  /** null: a new client. */
  clientId: string | null
}

export interface KeyAdmin {
  /** null when there is no such client. */
  create(key: NewKey): Promise<KeyRecord | null>
  /** Newest first, revoked and expired ones included. */
  list(
    filter: { clientId?: string },
    page: { limit: number; cursor: string | null },
  ): Promise<Page<KeyRecord>>
  /** Revoked from now on, in every replica; false when there is no such key. Revoking twice is fine. */
  revoke(id: string): Promise<boolean>
  /** Key id → when it was last used. */
  noteUse(uses: ReadonlyMap<string, number>): Promise<void>
}
