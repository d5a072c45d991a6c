/** The port of FAL's own descriptions of its models. An adapter never throws for what FAL or the network does. */

/** One entry of FAL's list of models. */
export interface ListedModel {
  endpointId: string
  title: string | null
  /** FAL's word for what it does: `text-to-video`. */
  category: string | null
  status: 'active' | 'deprecated'
  /** Epoch ms of the last change of the entry, as FAL says. */
  listedAt: number | null
  /** The OpenAPI document as FAL sent it, of any shape; undefined when it was not asked for or could not be had. */
  document?: unknown
}

/** What FAL says of one endpoint. */
export type Description =
  | {
      type: 'described'
      source: 'platform' | 'web'
      /** Null: only the web host describes it. */
      listed: ListedModel | null
      document: unknown
    }
  /** FAL has no such endpoint. */
  | { type: 'unknown' }
  /** FAL cannot be asked just now. */
  | { type: 'silent'; reason: string }

export interface ModelPage {
  models: ListedModel[]
  nextCursor: string | null
}

/** Why there is no page: a code of the network, or what FAL answered. */
export interface NoPage {
  trouble: string
}

export interface ModelSource {
  describe(endpointId: string, signal?: AbortSignal): Promise<Description>
  /** A page of FAL's list; the first one without a cursor. */
  list(query: {
    cursor: string | null
    status: 'active' | 'deprecated'
    withDocuments: boolean
    signal?: AbortSignal
  }): Promise<ModelPage | NoPage>
}
