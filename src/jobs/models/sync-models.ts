/**
 * Reads FAL's list of models, active and deprecated, page by page. Promise: works in small steps, stops at `signal`, and
 * says how far it came; what FAL no longer names counts as unlisted only when the list was read to its end.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ListedModel, ModelSource } from '../../ports/model-source.ts'
import type { ModelStore } from '../../ports/model-store.ts'
import { listedOf } from './learn-model.ts'
import { type FetchPrices, type ModelChange, refreshPrices } from './refresh-prices.ts'

export interface SyncModelsDeps {
  store: ModelStore
  source: ModelSource
  fetchPrices: FetchPrices
  clock: Clock
  log: Pick<Logger, 'info' | 'warn'>
  /** Called for each change of a model in use. */
  changed: (what: ModelChange) => void
}

export interface SyncOptions {
  /** Reads every document that FAL's list has, and all prices. */
  allDocuments?: boolean
  signal?: AbortSignal | undefined
  onPage?: (done: number) => void
}

export interface Synced {
  /** Models that FAL's list named. */
  listed: number
  /** Endpoints whose document became a new version. */
  changed: string[]
  /** Why FAL's list could not be read to its end; null when it was. */
  trouble: string | null
}

/** FAL's list has about 1,500 models; more than this is no list of models. */
const mostModels = 10_000

export type SyncModels = (options?: SyncOptions) => Promise<Synced>

export function makeSyncModels(deps: SyncModelsDeps): SyncModels {
  const { store, clock } = deps

  return async function syncModels(options = {}) {
    const seen = new Set<string>()
    const changed: string[] = []
    let trouble: string | null = null
    for (const status of ['active', 'deprecated'] as const) {
      trouble ??= await readList(deps, status, options, async (models) => {
        for (const model of models) {
          if (seen.has(model.endpointId)) continue
          seen.add(model.endpointId)
          const { isNewVersion } = await store.save(listedOf({ ...model, status }), clock.now())
          if (isNewVersion) changed.push(model.endpointId)
        }
        options.onPage?.(seen.size)
      })
    }
    if (trouble === null) await store.noteList([...seen], clock.now())
    if (options.allDocuments === true) await refreshPrices(deps, [...seen], options.signal)
    return { listed: seen.size, changed, trouble }
  }
}

async function readList(
  { source }: SyncModelsDeps,
  status: 'active' | 'deprecated',
  { allDocuments = false, signal }: SyncOptions,
  take: (models: ListedModel[]) => Promise<void>,
): Promise<string | null> {
  let cursor: string | null = null
  for (let read = 0; read < mostModels; ) {
    if (signal?.aborted === true) return 'stopped'
    const page = await source.list({ cursor, status, withDocuments: allDocuments, ...(signal && { signal }) })
    if ('trouble' in page) return page.trouble
    await take(page.models)
    // A page without models counts too: a list of such pages must end.
    read += Math.max(page.models.length, 1)
    cursor = page.nextCursor
    if (cursor === null) return null
  }
  return `the list has more than ${mostModels} models`
}
