/** The endpoint ids that FAL is known to have, for near names; read from what is kept, at most every ten minutes. */
import { createMemo } from '../../concurrency/memo.ts'
import { catalogue } from '../../models/catalogue.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ModelStore } from '../../ports/model-store.ts'
import { keptModels } from './kept-models.ts'

export interface KnownIdsDeps {
  store: Pick<ModelStore, 'list'>
  clock: Clock
}

const freshMs = 600_000
const idsAtMost = 10_000

export type KnownIds = () => Promise<ReadonlySet<string>>

export function makeKnownIds({ store, clock }: KnownIdsDeps): KnownIds {
  const memo = createMemo<ReadonlySet<string>>({ clock, atMost: 1, freshMs })
  return function knownIds() {
    return memo.get('', readAll)
  }

  async function readAll(): Promise<ReadonlySet<string>> {
    const ids = new Set(catalogue.map(({ endpointId }) => endpointId))
    for await (const { endpointId, status } of keptModels(store, idsAtMost))
      if (status !== 'unknown') ids.add(endpointId)
    return ids
  }
}
