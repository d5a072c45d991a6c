/**
 * From the `model` of a request to the FAL endpoint it means. A name with a slash is an endpoint id, in the catalogue
 * or not; any other must be an alias or synonym, else the refusal suggests near names.
 */
import { distance } from 'fastest-levenshtein'
import { AppError } from '../domain/errors.ts'
import type { KnownModel } from './catalogue/entry.ts'
import { briefEntries, type Curated, catalogue, findCurated } from './catalogue.ts'

export type ResolvedModel = {
  /** Null: an endpoint outside the catalogue. */
  alias: string | null
  endpointId: string
  kind: KnownModel['kind']
  /** What a request is held against; null: nothing is known of its fields. */
  entry: KnownModel | null
  curated: Curated | null
}

/** @throws AppError UNKNOWN_MODEL, pointer `/model`. */
export function resolveModel(name: string): ResolvedModel {
  const curated = findCurated(name)
  if (curated !== undefined) {
    const { alias, endpointId, kind } = curated
    return { alias, endpointId, kind, entry: 'parameters' in curated ? curated : null, curated }
  }
  if (!name.includes('/')) throw unknownAlias(name)
  if (!isEndpointId(name)) {
    throw unknownModel(
      'An endpoint id looks like owner/app or owner/app/path, in letters, digits, ".", "_" and "-".',
    )
  }
  return { alias: null, endpointId: name, kind: 'unknown', entry: null, curated: null }
}

/**
 * An id becomes a path on FAL's queue host, so nothing may climb out of it, and it may not reach the routes of other
 * requests (`…/requests/{id}`).
 */
function isEndpointId(id: string): boolean {
  const segment = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
  const segments = id.split('/')
  return (
    id.length <= 200 &&
    segments.length >= 2 &&
    segments.every((part) => segment.test(part) && !part.includes('..')) &&
    !segments.includes('requests')
  )
}

function unknownAlias(name: string): AppError {
  const near = nearAliases(name)
  const hint = near.length === 0 ? 'See GET /api/models for all.' : `Did you mean ${near.join(', ')}?`
  return unknownModel(`No model has this alias. ${hint}`, near)
}

function unknownModel(message: string, allowed: readonly string[] = []): AppError {
  const error = { pointer: '/model', message, code: 'unknown_model' }
  return new AppError('UNKNOWN_MODEL', message, {
    errors: [allowed.length === 0 ? error : { ...error, allowed }],
  })
}

/** The refusal of an endpoint id that FAL has not; `known` are ids that it has. */
export function unknownEndpoint(endpointId: string, known: Iterable<string>): AppError {
  const near = nearest(
    endpointId,
    [...known].map((id) => [id, [id]]),
  )
  const hint = near.length === 0 ? 'See GET /api/models for all.' : `Did you mean ${near.join(', ')}?`
  return unknownModel(`FAL has no such endpoint. ${hint}`, near)
}

function nearAliases(name: string): string[] {
  return nearest(
    name,
    [...catalogue, ...briefEntries].map((entry) => [entry.alias, [entry.alias, ...entry.synonyms]]),
  )
}

/** The five whose names are closest, none that is far. */
function nearest(
  name: string,
  known: readonly (readonly [id: string, names: readonly string[]])[],
): string[] {
  const wanted = name.slice(0, 64).toLowerCase()
  return known
    .map(([id, names]) => ({ id, away: Math.min(...names.map((other) => nameDistance(wanted, other))) }))
    .filter(({ away }) => away <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.away - b.away)
    .slice(0, 5)
    .map(({ id }) => id)
}

/** Edits between two names; one that continues the other counts as nearly the same. */
function nameDistance(a: string, b: string): number {
  if (a.length >= 3 && (b.startsWith(a) || a.startsWith(b))) return 1
  return distance(a, b)
}
