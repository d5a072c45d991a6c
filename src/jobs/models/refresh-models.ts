/**
 * Keeps what is known of FAL's models fresh: its list once a day, and of the models in use the documents and prices that
 * may have changed. One replica does it once an hour, never on the path of a request; one model's trouble holds up no
 * other.
 */
import { catalogue } from '../../models/catalogue.ts'
import type { StoredModel } from '../../ports/model-store.ts'
import { learnedOf } from './learn-model.ts'
import { refreshPrices } from './refresh-prices.ts'
import type { SyncModels, SyncModelsDeps } from './sync-models.ts'

export interface RefreshModelsDeps extends SyncModelsDeps {
  syncModels: SyncModels
}

type Kept = Omit<StoredModel, 'facts'>

const everyMs = 3_600_000
const dayMs = 86_400_000
const asksAtOnce = 4
const pageSize = 1_000

export function makeRefreshModels(deps: RefreshModelsDeps) {
  const { store, clock, log, syncModels } = deps

  return async function refreshModels(signal?: AbortSignal): Promise<void> {
    if (!(await store.claimRefresh(clock.now(), everyMs))) return
    const listedAt = await store.listedAt()
    if (listedAt === null || listedAt + dayMs + jitterOf('list') <= clock.now()) {
      const { listed, trouble } = await syncModels({ signal })
      log.info({ listed, trouble }, 'FAL’s list of models was read')
    }
    const due = await dueModels(deps)
    if (due.length === 0) return
    const changed = await describeAll(deps, due, signal)
    await refreshPrices(deps, due, signal)
    log.info({ asked: due.length, changed }, 'documents of models in use were read again')
  }
}

/** Endpoints of the catalogue, and all others whose document was ever asked for, that it is time to ask about. */
async function dueModels({ store, clock }: RefreshModelsDeps): Promise<string[]> {
  const kept = new Map<string, Kept>()
  for (let after: string | null = null, isLast = false; !isLast; ) {
    const page = await store.list({ after, limit: pageSize })
    for (const model of page) kept.set(model.endpointId, model)
    after = page.at(-1)?.endpointId ?? null
    isLast = page.length < pageSize
  }
  const used = [...kept.values()].filter(({ fetchedAt }) => fetchedAt !== null)
  const ids = new Set([...catalogue, ...used].map(({ endpointId }) => endpointId))
  return [...ids].filter((id) => isDue(id, kept.get(id), clock.now()))
}

/** Daily; what FAL says it has not changed since is read again after a week. */
function isDue(endpointId: string, kept: Kept | undefined, now: number): boolean {
  const fetchedAt = kept?.fetchedAt ?? null
  if (fetchedAt === null) return true
  const isUntouched = (kept?.listedAt ?? now) < fetchedAt
  return now > fetchedAt + (isUntouched ? 7 * dayMs : dayMs) + jitterOf(endpointId)
}

async function describeAll(
  { source, store, clock, log }: RefreshModelsDeps,
  endpointIds: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const changed: string[] = []
  const rest = [...endpointIds]
  const worker = async () => {
    for (let id = rest.pop(); id !== undefined && signal?.aborted !== true; id = rest.pop()) {
      const said = await source.describe(id, signal)
      if (said.type === 'silent') {
        log.warn({ endpointId: id, reason: said.reason }, 'FAL did not describe a model')
      } else if (said.type === 'described') {
        const { isNewVersion } = await store.save(learnedOf(id, said), clock.now())
        if (isNewVersion) changed.push(id)
      }
    }
  }
  await Promise.all(Array.from({ length: asksAtOnce }, worker))
  return changed
}

/** Up to two hours, always the same for the same name: not all is due at once. Milliseconds. */
function jitterOf(name: string): number {
  let sum = 0
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 7_200
  return sum * 1_000
}
