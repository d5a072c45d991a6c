/** The endpoint ids that FAL is known to have, for near names; read from what is kept, at most every ten minutes. */
import { createMemo } from '../../concurrency/memo.ts'
import { catalogue } from '../../models/catalogue.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ModelStore } from '../../ports/model-store.ts'

export interface KnownIdsDeps {
  store: Pick<ModelStore, 'list'>
  clock: Clock
}

const freshMs = 600_000
const pageSize = 1_000
const mostPages = 10

export type KnownIds = () => Promise<ReadonlySet<string>>

export function makeKnownIds({ store, clock }: KnownIdsDeps): KnownIds {
  const memo = createMemo<ReadonlySet<string>>({ clock, atMost: 1, freshMs })
  return function knownIds() {
    return memo.get('', readAll)
  }

  async function readAll(): Promise<ReadonlySet<string>> {
    const ids = new Set(catalogue.map(({ endpointId }) => endpointId))
    let after: string | null = null
    for (let page = 0; page < mostPages; page += 1) {
      const models = await store.list({ after, limit: pageSize })
      for (const { endpointId, status } of models) if (status !== 'unknown') ids.add(endpointId)
      if (models.length < pageSize) break
      after = models.at(-1)?.endpointId ?? null
    }
    return ids
  }
}
