/** The port of API keys: looking one up for a request, and their administration. */
import type { KeyLimits } from '../domain/key-limits.ts'
import type { Page } from './page.ts'

export const scopes = ['jobs:read', 'jobs:write', 'credits:write', 'admin'] as const
export type Scope = (typeof scopes)[number]

export interface ApiKey {
  id: string
  clientId: string
  name: string
  scopes: Scope[]
  limits: KeyLimits
  expiresAt: number | null
  revokedAt: number | null
}

export interface KeyStore {
  /** By the SHA-256 of the secret, revoked and expired ones included. */
  findByHash(hash: Buffer): Promise<ApiKey | null>
  findById(id: string): Promise<ApiKey | null>
  /** Makes the client `default` and, when a secret is given, its admin key; safe to repeat. */
  ensureBootstrap(secret: string | null): Promise<void>
}

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
  /** null when the client does not exist. */
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
