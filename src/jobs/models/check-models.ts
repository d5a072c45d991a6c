/**
 * Compares what is kept of the models in use with what FAL publishes now: documents, prices and status. It changes
 * nothing.
 */
import { diffFacts, type FactsChange } from '../../models/document/diff-facts.ts'
import { readFacts } from '../../models/document/facts-text.ts'
import type { ModelSource } from '../../ports/model-source.ts'
import type { ModelStore, StoredModel } from '../../ports/model-store.ts'
import { learnedOf } from './learn-model.ts'
import type { FetchPrices } from './refresh-prices.ts'
import { usedModels } from './used-models.ts'

export interface CheckModelsDeps {
  store: Pick<ModelStore, 'list' | 'read'>
  source: Pick<ModelSource, 'describe'>
  fetchPrices: FetchPrices
}

export interface ModelDifference {
  endpointId: string
  /** `status`, `unitPriceMicros`, `unit`, `document`, or a JSON pointer into the document's facts. */
  field: string
  from: unknown
  to: unknown
}

export interface CheckedModels {
  checked: number
  differences: number
  /** Endpoints of which FAL said nothing, with the reason. */
  silent: { endpointId: string; reason: string }[]
}

export type CheckModels = (
  endpointIds: readonly string[] | null,
  found: (difference: ModelDifference) => void,
) => Promise<CheckedModels>

const asksAtOnce = 4
const pricesAtOnce = 50

/** `endpointIds` null: every model in use. */
export function makeCheckModels(deps: CheckModelsDeps): CheckModels {
  return async function checkModels(endpointIds, found) {
    const ids = endpointIds ?? [...(await usedModels(deps.store)).keys()]
    const result: CheckedModels = { checked: 0, differences: 0, silent: [] }
    const report = (difference: ModelDifference) => {
      result.differences += 1
      found(difference)
    }
    const silent = (endpointId: string, reason: string) => void result.silent.push({ endpointId, reason })
    const prices: KeptPrices = new Map()
    const rest = [...ids]
    const worker = async () => {
      for (let id = rest.shift(); id !== undefined; id = rest.shift()) {
        result.checked += 1
        const kept = await deps.store.read(id)
        prices.set(id, kept?.price ?? null)
        const reason = await checkDocument(deps, id, kept, report)
        if (reason !== null) silent(id, reason)
      }
    }
    await Promise.all(Array.from({ length: asksAtOnce }, worker))
    const priced = ids.filter((id) => prices.get(id) != null)
    for (let at = 0; at < priced.length; at += pricesAtOnce) {
      const batch = priced.slice(at, at + pricesAtOnce)
      const reason = await checkPrices(deps, batch, prices, report)
      if (reason !== null) for (const id of batch) silent(id, `price: ${reason}`)
    }
    return result
  }
}

type KeptPrices = Map<string, StoredModel['price']>

/** Resolves to the reason when FAL said nothing; null otherwise. */
async function checkDocument(
  { source }: CheckModelsDeps,
  endpointId: string,
  kept: StoredModel | null,
  report: (difference: ModelDifference) => void,
): Promise<string | null> {
  const said = await source.describe(endpointId)
  if (said.type === 'silent') return said.reason
  if (said.type === 'unknown') {
    if (kept !== null && kept.status !== 'unknown')
      report({ endpointId, field: 'status', from: kept.status, to: 'unknown' })
    return null
  }
  const learned = learnedOf(endpointId, said)
  if (kept !== null && learned.status !== undefined && learned.status !== kept.status)
    report({ endpointId, field: 'status', from: kept.status, to: learned.status })
  const { document } = learned
  if (kept === null || kept.fetchedAt === null || document === undefined) return null
  for (const { pointer, from, to } of changesOf(kept, document))
    report({ endpointId, field: pointer, from, to })
  return null
}

function changesOf(
  { facts, trouble }: StoredModel,
  document: { facts: string } | { trouble: string },
): FactsChange[] {
  if ('trouble' in document)
    return document.trouble === trouble ? [] : [{ pointer: 'document', from: trouble, to: document.trouble }]
  if (facts === null) return [{ pointer: 'document', from: trouble, to: 'can be used' }]
  return facts === document.facts ? [] : diffFacts(readFacts(facts), readFacts(document.facts))
}

/** The same for prices. */
async function checkPrices(
  { fetchPrices }: CheckModelsDeps,
  endpointIds: readonly string[],
  prices: KeptPrices,
  report: (difference: ModelDifference) => void,
): Promise<string | null> {
  const published = await fetchPrices(endpointIds)
  if ('trouble' in published) return published.trouble
  for (const { endpointId, unit, unitPrice, currency } of published) {
    const price = prices.get(endpointId)
    if (price == null || currency !== 'USD') continue
    if (unit !== price.unit) report({ endpointId, field: 'unit', from: price.unit, to: unit })
    const micros = unitPrice * 1_000_000
    if (micros !== price.unitPriceMicros)
      report({ endpointId, field: 'unitPriceMicros', from: price.unitPriceMicros, to: micros })
  }
  return null
}
