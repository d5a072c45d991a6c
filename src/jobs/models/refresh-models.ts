/**
 * Keeps what is known of FAL's models fresh: its list once a day, and of the models in use the documents and prices that
 * may have changed. One replica does it once an hour, never on the path of a request; one model's trouble holds up no
 * other.
 */
import type { KeptModel } from './kept-models.ts'
import { learnedOf } from './learn-model.ts'
import { refreshPrices } from './refresh-prices.ts'
import type { SyncModels, SyncModelsDeps } from './sync-models.ts'
import { usedModels } from './used-models.ts'

export interface RefreshModelsDeps extends SyncModelsDeps {
  syncModels: SyncModels
}

const everyMs = 3_600_000
const dayMs = 86_400_000
const asksAtOnce = 4

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

/** Models in use that it is time to ask about. */
async function dueModels({ store, clock }: RefreshModelsDeps): Promise<string[]> {
  const used = await usedModels(store)
  return [...used].filter(([id, kept]) => isDue(id, kept, clock.now())).map(([id]) => id)
}

/** Daily; what FAL says it has not changed since is read again after a week. */
function isDue(endpointId: string, kept: KeptModel | undefined, now: number): boolean {
  const fetchedAt = kept?.fetchedAt ?? null
  if (fetchedAt === null) return true
  const isUntouched = (kept?.listedAt ?? now) < fetchedAt
  return now > fetchedAt + (isUntouched ? 7 * dayMs : dayMs) + jitterOf(endpointId)
}

async function describeAll(
  { source, store, clock, log, changed: report }: RefreshModelsDeps,
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
        const learned = learnedOf(id, said)
        const before = await store.read(id)
        const { isNewVersion, model } = await store.save(learned, clock.now())
        if (before?.status === 'active' && model.status === 'deprecated') {
          log.warn({ endpointId: id }, 'FAL retired a model in use')
          report('retired')
        }
        if (!isNewVersion || model.version === 1) continue
        log.warn({ endpointId: id, version: model.version }, 'FAL changed the document of a model in use')
        report('document')
        changed.push(id)
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
