/** The models in use: those of the catalogue, and all others whose document was ever asked for. */
import { briefEntries, catalogue } from '../../models/catalogue.ts'
import type { ModelStore, StoredModel } from '../../ports/model-store.ts'

export type KeptModel = Omit<StoredModel, 'facts'>

const pageSize = 1_000

/** What is kept of each by endpoint id; undefined: nothing yet. */
export async function usedModels(
  store: Pick<ModelStore, 'list'>,
): Promise<Map<string, KeptModel | undefined>> {
  const used = new Map<string, KeptModel | undefined>()
  for (const { endpointId } of [...catalogue, ...briefEntries]) used.set(endpointId, undefined)
  for (let after: string | null = null, isLast = false; !isLast; ) {
    const page = await store.list({ after, limit: pageSize })
    for (const model of page)
      if (model.fetchedAt !== null || used.has(model.endpointId)) used.set(model.endpointId, model)
    after = page.at(-1)?.endpointId ?? null
    isLast = page.length < pageSize
  }
  return used
}
