/**
 * Lists and describes every model that is known: the catalogue, and what is kept of FAL's list and documents. Promise:
 * the order is stable, so that pages join, and no list asks FAL.
 */
import { createMemo } from '../../concurrency/memo.ts'
import type { KnownModel } from '../../models/catalogue/entry.ts'
import { briefEntries, catalogue, findCurated } from '../../models/catalogue.ts'
import {
  describeModel,
  type ModelDescription,
  type ModelSummary,
  summarizeModel,
} from '../../models/describe.ts'
import { basePrice } from '../../models/document/base-price.ts'
import { briefModel, listedModel } from '../../models/document/undescribed.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ModelStore } from '../../ports/model-store.ts'
import { type KeptModel, keptModels } from './kept-models.ts'
import { bareOf } from './learn-model.ts'
import type { ModelBook } from './model-book.ts'

export interface ModelDirectoryDeps {
  store: Pick<ModelStore, 'list'>
  book: Pick<ModelBook, 'find'>
  clock: Clock
}

interface Provenance {
  /** `catalogue`: this service has names and a price rule for it; `fal`: only FAL describes it. */
  source: 'catalogue' | 'fal'
  /** The version of FAL's document in use; null without one. */
  version: number | null
  /** ISO time at which FAL was last asked for the document. */
  fetchedAt: string | null
}

export type DirectoryModel = ModelSummary & Provenance
export type ShownModel = ModelDescription & Provenance

export interface ModelFilter {
  /** Words that must all occur in names, title, family or task. */
  q?: string | undefined
  kind?: string | undefined
  task?: string | undefined
  source?: string | undefined
  availability?: string | undefined
}

export interface ModelDirectory {
  /** Null: `after` names no model. */
  list(
    filter: ModelFilter,
    page: { after: string | undefined; limit: number },
  ): Promise<{ models: DirectoryModel[]; hasMore: boolean } | null>
  /** @throws AppError UNKNOWN_MODEL, with near names. */
  describe(name: string): Promise<ShownModel>
}

const freshMs = 30_000
const modelsAtMost = 10_000

const availabilityOf = { active: 'listed', deprecated: 'retired', unlisted: 'unconfirmed' } as const

export function createModelDirectory({ store, book, clock }: ModelDirectoryDeps): ModelDirectory {
  const memo = createMemo<readonly Entry[]>({ clock, atMost: 1, freshMs })
  const described = new WeakMap<KnownModel, ModelDescription>()

  return {
    async list(filter, { after, limit }) {
      const all = await memo.get('', async () =>
        entriesOf(await Array.fromAsync(keptModels(store, modelsAtMost))),
      )
      const start = after === undefined ? 0 : all.findIndex(({ shown }) => shown.alias === after) + 1
      if (after !== undefined && start === 0) return null
      const matches = matcher(filter)
      const models: DirectoryModel[] = []
      for (const entry of all.slice(start)) {
        if (!matches(entry)) continue
        if (models.length === limit) return { models, hasMore: true }
        models.push(entry.shown)
      }
      return { models, hasMore: false }
    },
    async describe(name) {
      const { model, version, fetchedAt } = await book.find(name)
      const { curated, endpointId } = model
      const entry = model.entry ?? undescribed(model.curated, endpointId, clock.now())
      const description = described.get(entry) ?? describeModel(entry)
      described.set(entry, description)
      return {
        ...description,
        source: curated === null ? 'fal' : 'catalogue',
        version,
        fetchedAt: timeOf(fetchedAt),
      }
    },
  }
}

interface Entry {
  shown: DirectoryModel
  /** What `q` is searched in, in lower case. */
  text: string
}

/** The catalogue in its own order, then FAL's other endpoints by their ids. */
function entriesOf(models: readonly KeptModel[]): Entry[] {
  const kept = new Map(models.map((model) => [model.endpointId, model]))
  const curated = [...catalogue, ...briefEntries.map(briefModel)].map((entry) =>
    entryOf(entry, 'catalogue', kept.get(entry.endpointId)),
  )
  const others = models
    .filter(({ endpointId, status }) => status !== 'unknown' && findCurated(endpointId) === undefined)
    .map((row) => entryOf(modelOfRow(row), 'fal', row))
  return [...curated, ...others]
}

function entryOf(model: KnownModel, source: Provenance['source'], row: KeptModel | undefined): Entry {
  const summary = summarizeModel(model)
  const { alias, synonyms, endpointId, title, family, task } = summary
  return {
    shown: {
      ...summary,
      ...(row?.status === 'deprecated' ? { availability: 'retired' } : {}),
      source,
      version: row?.version ?? null,
      fetchedAt: timeOf(row?.fetchedAt ?? null),
    },
    text: [alias, ...synonyms, endpointId, title, family, task].join(' ').toLowerCase(),
  }
}

function modelOfRow(row: KeptModel): KnownModel {
  const { status } = row
  const availability = status === 'unknown' ? 'unconfirmed' : availabilityOf[status]
  const asOf = (timeOf(row.listedAt ?? row.changedAt) ?? '').slice(0, 10)
  const model = listedModel({ ...row, availability, asOf })
  return { ...model, ...basePrice(model, bareOf(row)) }
}

function undescribed(
  curated: Parameters<typeof briefModel>[0] | null,
  endpointId: string,
  now: number,
): KnownModel {
  if (curated !== null) return briefModel(curated)
  const asOf = new Date(now).toISOString().slice(0, 10)
  return listedModel({ endpointId, title: null, category: null, availability: 'unconfirmed', asOf })
}

function matcher({ q = '', kind, task, source, availability }: ModelFilter): (entry: Entry) => boolean {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ shown, text }) =>
    (kind === undefined || shown.kind === kind) &&
    (task === undefined || shown.task === task) &&
    (source === undefined || shown.source === source) &&
    (availability === undefined || shown.availability === availability) &&
    words.every((word) => text.includes(word))
}

function timeOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
