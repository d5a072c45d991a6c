/**
 * Finds the model that a request names: in the catalogue, in what is kept of FAL's descriptions, or, at its first use, by
 * asking FAL. Promise: one question at a time for each endpoint, asked once for all who wait; a caller waits two seconds
 * at most, and for what was ever known not at all; trouble with FAL or with what is kept makes no request fail.
 */
import { createMemo } from '../../concurrency/memo.ts'
import { settleWithin } from '../../concurrency/timeouts.ts'
import type { KnownModel } from '../../models/catalogue/entry.ts'
import type { Curated } from '../../models/catalogue.ts'
import type { Warning } from '../../models/prepare.ts'
import { type ResolvedModel, resolveModel, unknownEndpoint } from '../../models/resolve.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ModelSource } from '../../ports/model-source.ts'
import type { ModelStore, StoredModel } from '../../ports/model-store.ts'
import type { KnownIds } from './known-ids.ts'
import { learnedOf, modelOfStored } from './learn-model.ts'
import { type FetchPrices, type PublishedPrice, savePrices } from './refresh-prices.ts'

export interface ModelBookDeps {
  store: Pick<ModelStore, 'read' | 'save' | 'savePrices'>
  source: Pick<ModelSource, 'describe'>
  fetchPrices: FetchPrices
  /** Endpoint ids that FAL is known to have, to name those that are near. */
  knownIds: KnownIds
  clock: Clock
  log: Pick<Logger, 'warn' | 'info'>
  /** Longest that a caller waits for what is not known yet. */
  waitMs?: number
}

export interface FoundModel {
  model: ResolvedModel
  /** The version of FAL's document that its limits are from; null: they are from the catalogue, or there are none. */
  version: number | null
  /** Epoch ms at which FAL was last asked for its document; null: never. */
  fetchedAt: number | null
  warnings: Warning[]
}

export interface ModelBook {
  /** @throws AppError UNKNOWN_MODEL. */
  find(name: string): Promise<FoundModel>
  /** Ends questions under way and asks no other. */
  stop(): void
}

/** What is known of an endpoint id. */
type Known =
  | { type: 'kept'; stored: StoredModel; model: KnownModel | null }
  /** Nothing is kept, and it is none to ask FAL about. */
  | { type: 'nothing' }
  | { type: 'unknown' }
  | { type: 'silent'; reason: string }

const freshMs = 60_000
/** FAL gets a while before it is asked again; requests go on without its answer meanwhile. */
const silentMs = 30_000
const mostKnown = 500
/** A change is news for two weeks. */
const newsMs = 14 * 86_400_000
const mostQuestions = 8
const priceWaitMs = 300
/** Ids of FAL's users: no list names them. */
const ownEndpoint = /^(workflows|comfy)\//

export function createModelBook(deps: ModelBookDeps): ModelBook {
  const { store, clock, log } = deps
  const stopping = new AbortController()
  const memo = createMemo<Known>({
    clock,
    atMost: mostKnown,
    freshMs: ({ type }) => (type === 'silent' ? silentMs : freshMs),
  })
  let questions = 0

  return {
    async find(name) {
      const model = resolveModel(name)
      const known = await knownOf(model)
      // The catalogue vouches for its own: FAL's list is not complete.
      if (known.type === 'unknown' && model.curated === null) {
        throw unknownEndpoint(model.endpointId, await idsForSuggestions(deps))
      }
      return foundOf(model, known, clock.now())
    },
    stop: () => stopping.abort(),
  }

  async function knownOf(model: ResolvedModel): Promise<Known> {
    const { endpointId } = model
    const asking = memo
      .get(endpointId, (before) => lookUp(model, before))
      .catch((error: unknown): Known => {
        log.warn({ err: error, endpointId }, 'what is kept of a model could not be read')
        return { type: 'silent', reason: 'what is kept of it could not be read' }
      })
    const before = memo.peek(endpointId)
    if (before !== undefined && before.type !== 'unknown') return before
    let answer: Known = { type: 'silent', reason: 'no answer in time' }
    const waiting = asking.then((known) => {
      answer = known
    })
    await settleWithin(waiting, deps.waitMs ?? 2_000)
    return answer
  }

  async function lookUp(model: ResolvedModel, before: Known | undefined): Promise<Known> {
    const { endpointId, entry, curated } = model
    const stored = await store.read(endpointId)
    // What is only listed was never asked for.
    if (stored !== null && (stored.fetchedAt !== null || stored.pinned))
      return keptOf(stored, curated, before)
    if (entry !== null || ownEndpoint.test(endpointId)) return { type: 'nothing' }
    return askFal(endpointId, curated)
  }

  async function askFal(endpointId: string, curated: Curated | null): Promise<Known> {
    if (questions >= mostQuestions || stopping.signal.aborted) {
      return { type: 'silent', reason: 'too many models are being looked up' }
    }
    questions += 1
    try {
      const { said, prices } = await describedWithPrices(deps, endpointId, stopping.signal)
      if (said.type !== 'described') {
        if (said.type === 'silent')
          log.warn({ endpointId, reason: said.reason }, 'FAL did not describe a model')
        return said
      }
      const { model: saved } = await store.save(learnedOf(endpointId, said), clock.now())
      await savePrices(store, prices, clock.now())
      const stored = (await store.read(endpointId)) ?? saved
      const { version, trouble } = stored
      log.info({ endpointId, version, trouble, source: said.source }, 'a model was learned from FAL')
      return keptOf(stored, curated, undefined)
    } finally {
      questions -= 1
    }
  }
}

/** FAL's description of an endpoint, with its bare prices as far as FAL reports them in time. */
async function describedWithPrices(
  { source, fetchPrices }: ModelBookDeps,
  endpointId: string,
  signal: AbortSignal,
) {
  let prices: PublishedPrice[] = []
  const pricing = fetchPrices([endpointId], signal).then((published) => {
    prices = 'trouble' in published ? [] : published
  })
  const said = await source.describe(endpointId, signal)
  // Wait briefly, so that a model comes with its price; a slow price comes with the next refresh.
  await settleWithin(pricing, priceWaitMs)
  return { said, prices }
}

/** Ids for suggestions; none when they cannot be read. */
async function idsForSuggestions({ knownIds, log }: ModelBookDeps): Promise<Iterable<string>> {
  return knownIds().catch((error: unknown) => {
    log.warn({ err: error }, 'the list of known models could not be read')
    return []
  })
}

/** The same description is not read again: its model is worked out once. */
function keptOf(stored: StoredModel, curated: Curated | null, before: Known | undefined): Known {
  const isSame = before?.type === 'kept' && before.stored.changedAt === stored.changedAt
  return { type: 'kept', stored, model: isSame ? before.model : modelOfStored(stored, curated) }
}

function foundOf(model: ResolvedModel, known: Known, now: number): FoundModel {
  if (known.type === 'kept' && known.model !== null) {
    const { model: entry, stored } = known
    const warnings = changedLately(model, stored, now)
    const { version, fetchedAt } = stored
    return { model: { ...model, kind: entry.kind, entry }, version, fetchedAt, warnings }
  }
  const silence =
    known.type === 'silent' ? known.reason : known.type === 'unknown' ? 'it knows no such endpoint' : null
  const warnings = silence === null || model.entry !== null ? [] : [undescribed(model, silence)]
  const fetchedAt = known.type === 'kept' ? known.stored.fetchedAt : null
  return { model, version: null, fetchedAt, warnings }
}

/** A caller should hear for a while that a model is no longer the one it was. */
function changedLately(
  model: ResolvedModel,
  { version, readAt, pinned }: StoredModel,
  now: number,
): Warning[] {
  if (version === null || version < 2 || readAt === null || pinned || now - readAt > newsMs) return []
  const reason = `FAL changed this model's description on ${new Date(readAt).toISOString().slice(0, 10)} (version ${version})`
  return [{ ...aboutModel(model), reason }]
}

function undescribed(model: ResolvedModel, reason: string): Warning {
  return {
    ...aboutModel(model),
    reason: `FAL did not describe this model (${reason}): its limits are unknown`,
  }
}

function aboutModel({ alias, endpointId }: ResolvedModel): Omit<Warning, 'reason'> {
  const name = alias ?? endpointId
  return { field: 'model', from: name, to: name }
}
