/** Wires what is known of FAL's models beside the catalogue: where it is kept, how it is found and how it is refreshed. */
import type { Kysely } from 'kysely'
import { createIntervalLoop } from '../concurrency/interval-loop.ts'
import type { FalClient } from '../infra/fal/fal-client.ts'
import { createModelStore } from '../infra/postgres/models/postgres-model-store.ts'
import type { Database } from '../infra/postgres/rows/schema.ts'
import { makeCheckModels } from '../jobs/models/check-models.ts'
import { makeKnownIds } from '../jobs/models/known-ids.ts'
import { createModelBook } from '../jobs/models/model-book.ts'
import { createModelDirectory } from '../jobs/models/model-directory.ts'
import { makeRefreshModels } from '../jobs/models/refresh-models.ts'
import type { ModelChange } from '../jobs/models/refresh-prices.ts'
import { makeSyncModels } from '../jobs/models/sync-models.ts'
import { resolveModel } from '../models/resolve.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

export interface ModelsOptions {
  db: Kysely<Database>
  fal: Pick<FalClient, 'models' | 'fetchPrices'>
  clock: Clock
  log: Logger
  changed: (what: ModelChange) => void
}

export type Models = ReturnType<typeof createModels>

export function createModels({ db, fal, clock, log, changed }: ModelsOptions) {
  const store = createModelStore(db)
  const deps = { store, source: fal.models, fetchPrices: fal.fetchPrices, clock, log, changed }
  const syncModels = makeSyncModels(deps)
  const book = createModelBook({ ...deps, knownIds: makeKnownIds({ store, clock }) })
  return {
    book,
    directory: createModelDirectory({ store, book, clock }),
    store,
    /** The endpoint id behind an alias or an endpoint id. @throws AppError UNKNOWN_MODEL. */
    endpointOf: (name: string) => resolveModel(name).endpointId,
    checkModels: makeCheckModels(deps),
    syncModels,
    /** Begun by the workers, ended when they rest. */
    refreshing: createIntervalLoop({
      everyMs: 60_000,
      runOnce: makeRefreshModels({ ...deps, syncModels }),
      log,
      failed: 'FAL’s models could not be refreshed; will retry',
    }),
    async [Symbol.asyncDispose]() {
      book.stop()
    },
  }
}
