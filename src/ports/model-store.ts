/** The port of what is kept of FAL's models: the newest description of each, and the versions of their documents. */

/** `unlisted`: only the web host knows it; `unknown`: FAL does not, and an operator lets it be used. */
export type ModelStatus = 'active' | 'deprecated' | 'unlisted' | 'unknown'

export interface StoredModel {
  endpointId: string
  title: string | null
  category: string | null
  status: ModelStatus
  /** The version in use; null: there is no document that can be used. */
  version: number | null
  /** The facts of that version as JSON text. */
  facts: string | null
  pinned: boolean
  /** Why the last document could not be used. */
  trouble: string | null
  price: ModelPrice | null
  source: 'platform' | 'web' | null
  /** Epoch ms. */
  listedAt: number | null
  fetchedAt: number | null
  /** When the version in use was read. */
  readAt: number | null
  changedAt: number
}

export interface ModelPrice {
  /** FAL's own word for the unit. */
  unit: string
  unitPriceMicros: number
  /** Epoch ms. */
  pricedAt: number
}

type Rate = Omit<ModelPrice, 'pricedAt'>

export interface PriceMove {
  endpointId: string
  from: Rate
  to: Rate
}

/** What was learned of a model by asking FAL; members that are absent stay as they are. */
export interface LearnedModel {
  endpointId: string
  title?: string | null
  category?: string | null
  status?: ModelStatus
  listedAt?: number | null
  source?: 'platform' | 'web'
  /** Of the document: its facts as canonical JSON text, or why it is of no use. */
  document?: { facts: string } | { trouble: string }
}

export interface SavedModel {
  model: StoredModel
  /** A version was added by this. */
  isNewVersion: boolean
}

export interface ModelVersion {
  version: number
  facts: string
  readAt: number
}

export interface ModelStore {
  read(endpointId: string): Promise<StoredModel | null>
  /** @param at epoch ms of the asking. */
  save(learned: LearnedModel, at: number): Promise<SavedModel>
  /** Prices of models that are kept already; others are left out. Resolves to those that differ from the price before. */
  savePrices(prices: readonly ({ endpointId: string } & Rate)[], at: number): Promise<PriceMove[]>
  /** All that is known but the facts, in the order of the endpoint ids. */
  list(page: { after: string | null; limit: number }): Promise<Omit<StoredModel, 'facts'>[]>
  /** Whether it is this process's turn to refresh: true in one of all that ask within `everyMs`. */
  claimRefresh(at: number, everyMs: number): Promise<boolean>
  /** Epoch ms of the last time that FAL's list was read to its end. */
  listedAt(): Promise<number | null>
  /** It was read to its end, and named these: an active model that it no longer names is unlisted. */
  noteList(endpointIds: readonly string[], at: number): Promise<void>
  /** The newest first. */
  versions(endpointId: string, limit: number): Promise<ModelVersion[]>
  /** Keeps a model at `version` (null: without a document), or lets it follow FAL again. */
  pin(endpointId: string, pinned: { version: number | null } | null): Promise<StoredModel | null>
}
