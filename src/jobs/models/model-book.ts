/**
 * Finds the model that a request names: in the catalogue, in what is kept of FAL's descriptions, or, at its first use, by
 * asking FAL. Promise: one question at a time for each endpoint, asked once for all who wait; a caller waits two seconds
 * at most, and for what was ever known not at all; trouble with FAL or with what is kept makes no request fail.
 */
import { createMemo } from '../../concurrency/memo.ts'
import { settleWithin } from '../../concurrency/timeouts.ts'
import type { KnownModel } from '../../models/catalogue/entry.ts'
import type { Warning } from '../../models/prepare.ts'
import { type ResolvedModel, resolveModel, unknownEndpoint } from '../../models/resolve.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ModelSource } from '../../ports/model-source.ts'
import type { ModelStore, StoredModel } from '../../ports/model-store.ts'
import { learnedOf, modelOfStored } from './learn-model.ts'

export interface ModelBookDeps {
  store: Pick<ModelStore, 'read' | 'save'>
  source: Pick<ModelSource, 'describe'>
  /** Endpoint ids that FAL is known to have, to name those that are near. */
  knownIds: () => Promise<Iterable<string>>
  clock: Clock
  log: Pick<Logger, 'warn' | 'info'>
  /** Longest that a caller waits for what is not known yet. */
  waitMs?: number
}

export interface FoundModel {
  model: ResolvedModel
  /** The version of FAL's document that its limits are from; null: they are from the catalogue, or there are none. */
  version: number | null
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
const mostQuestions = 8
/** Ids of FAL's users: no list names them. */
const ownEndpoint = /^(workflows|comfy)\//

export function createModelBook(deps: ModelBookDeps): ModelBook {
  const { store, source, clock, log } = deps
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
      if (known.type === 'unknown') throw unknownEndpoint(model.endpointId, await knownIds())
      return foundOf(model, known)
    },
    stop: () => stopping.abort(),
  }

  async function knownOf(model: ResolvedModel): Promise<Known> {
    const { endpointId } = model
    const looking = memo
      .get(endpointId, (before) => lookUp(model, before))
      .catch((error: unknown): Known => {
        log.warn({ err: error, endpointId }, 'what is kept of a model could not be read')
        return { type: 'silent', reason: 'what is kept of it could not be read' }
      })
    const before = memo.peek(endpointId)
    if (before !== undefined && before.type !== 'unknown') return before
    let answer: Known = { type: 'silent', reason: 'no answer in time' }
    const waiting = looking.then((known) => {
      answer = known
    })
    await settleWithin(waiting, deps.waitMs ?? 2_000)
    return answer
  }

  async function lookUp({ endpointId, entry }: ResolvedModel, before: Known | undefined): Promise<Known> {
    const stored = await store.read(endpointId)
    if (stored !== null) return keptOf(stored, before)
    if (entry !== null || ownEndpoint.test(endpointId)) return { type: 'nothing' }
    return askFal(endpointId)
  }

  async function askFal(endpointId: string): Promise<Known> {
    if (questions >= mostQuestions || stopping.signal.aborted) {
      return { type: 'silent', reason: 'too many models are being looked up' }
    }
    questions += 1
    try {
      const said = await source.describe(endpointId, stopping.signal)
      if (said.type !== 'described') {
        if (said.type === 'silent')
          log.warn({ endpointId, reason: said.reason }, 'FAL did not describe a model')
        return said
      }
      const { model: stored } = await store.save(learnedOf(endpointId, said), clock.now())
      const { version, trouble } = stored
      log.info({ endpointId, version, trouble, source: said.source }, 'a model was learned from FAL')
      return keptOf(stored, undefined)
    } finally {
      questions -= 1
    }
  }

  async function knownIds(): Promise<Iterable<string>> {
    return deps.knownIds().catch((error: unknown) => {
      log.warn({ err: error }, 'the list of known models could not be read')
      return []
    })
  }
}

/** The same version is not read again: its model is worked out once. */
function keptOf(stored: StoredModel, before: Known | undefined): Known {
  if (
    before?.type === 'kept' &&
    before.stored.version === stored.version &&
    before.stored.title === stored.title
  ) {
    return { type: 'kept', stored, model: before.model }
  }
  return { type: 'kept', stored, model: modelOfStored(stored) }
}

function foundOf(model: ResolvedModel, known: Known): FoundModel {
  if (known.type === 'kept' && known.model !== null && model.entry === null) {
    const { model: entry, stored } = known
    return { model: { ...model, kind: entry.kind, entry }, version: stored.version, warnings: [] }
  }
  const warnings = known.type === 'silent' && model.entry === null ? [undescribed(model, known.reason)] : []
  return { model, version: null, warnings }
}

function undescribed({ endpointId }: ResolvedModel, reason: string): Warning {
  return {
    field: 'model',
    from: endpointId,
    to: endpointId,
    reason: `FAL did not describe this model (${reason}): its limits are unknown`,
  }
}
