/** A model store in memory, for tests of what is asked of FAL and when. */
import type {
  LearnedModel,
  ModelStore,
  PriceMove,
  SavedModel,
  StoredModel,
} from '../../../src/ports/model-store.ts'

export interface KeptModels extends Pick<ModelStore, 'read' | 'save' | 'savePrices' | 'list'> {
  models: Map<string, StoredModel>
  reads: number
}

export function keptModels(): KeptModels {
  const models = new Map<string, StoredModel>()
  const kept: KeptModels = {
    models,
    reads: 0,
    async read(endpointId) {
      kept.reads += 1
      return models.get(endpointId) ?? null
    },
    save: async (learned, at) => save(models, learned, at),
    async savePrices(prices, at) {
      const moves: PriceMove[] = []
      for (const { endpointId, ...price } of prices) {
        const model = models.get(endpointId)
        if (model === undefined) continue
        models.set(endpointId, { ...model, price: { ...price, pricedAt: at }, changedAt: at })
        const { pricedAt: _, ...from } = model.price ?? { ...price, pricedAt: 0 }
        if (from.unitPriceMicros !== price.unitPriceMicros || from.unit !== price.unit)
          moves.push({ endpointId, from, to: price })
      }
      return moves
    },
    list: async ({ after, limit }) =>
      [...models.values()]
        .toSorted((a, b) => (a.endpointId < b.endpointId ? -1 : 1))
        .filter(({ endpointId }) => endpointId > (after ?? ''))
        .slice(0, limit),
  }
  return kept
}

function save(models: Map<string, StoredModel>, learned: LearnedModel, at: number): SavedModel {
  const { endpointId, document, ...told } = learned
  const before = models.get(endpointId) ?? unread(endpointId)
  const facts = document !== undefined && 'facts' in document ? document.facts : before.facts
  const isNewVersion = facts !== null && facts !== before.facts
  const model: StoredModel = {
    ...before,
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
    facts,
    version: isNewVersion ? (before.version ?? 0) + 1 : before.version,
    trouble: document !== undefined && 'trouble' in document ? document.trouble : null,
    fetchedAt: document === undefined ? before.fetchedAt : at,
    readAt: isNewVersion ? at : before.readAt,
  }
  models.set(endpointId, model)
  return { model, isNewVersion }
}

const unread = (endpointId: string): StoredModel => ({
  endpointId,
  title: null,
  category: null,
  status: 'active',
  version: null,
  facts: null,
  pinned: false,
  trouble: null,
  price: null,
  source: null,
  listedAt: null,
  fetchedAt: null,
  readAt: null,
  changedAt: 0,
})
