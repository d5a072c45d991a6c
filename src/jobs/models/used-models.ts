/** The models in use: those of the catalogue, and all others whose document was ever asked for. */
import { briefEntries, catalogue } from '../../models/catalogue.ts'
import type { ModelStore } from '../../ports/model-store.ts'
import { type KeptModel, keptModels } from './kept-models.ts'

/** What is kept of each by endpoint id; undefined: nothing yet. */
export async function usedModels(
  store: Pick<ModelStore, 'list'>,
): Promise<Map<string, KeptModel | undefined>> {
  const used = new Map<string, KeptModel | undefined>()
  for (const { endpointId } of [...catalogue, ...briefEntries]) used.set(endpointId, undefined)
  for await (const model of keptModels(store))
    if (model.fetchedAt !== null || used.has(model.endpointId)) used.set(model.endpointId, model)
  return used
}
