/**
 * From the `model` of a request to the FAL endpoint it means. A name with a slash is an endpoint id, in the catalogue
 * or not; any other must be an alias or synonym, else the refusal names what is near.
 */
import { AppError } from '../domain/errors.ts'
import type { KnownModel, ModelEntry } from './catalogue/entry.ts'
import { catalogue, findModel } from './catalogue.ts'

export type ResolvedModel = {
  /** Null: an endpoint outside the catalogue. */
  alias: string | null
  endpointId: string
  kind: KnownModel['kind']
  entry: KnownModel | null
}

/** @throws AppError UNKNOWN_MODEL, pointer `/model`. */
export function resolveModel(name: string): ResolvedModel {
  const entry = findModel(name)
  if (entry !== undefined) {
    return { alias: entry.alias, endpointId: entry.endpointId, kind: entry.kind, entry }
  }
  if (!name.includes('/')) throw unknownAlias(name)
  if (!isEndpointId(name)) {
    throw unknownModel(
      'An endpoint id looks like owner/app or owner/app/path, in letters, digits, ".", "_" and "-".',
    )
  }
  return { alias: null, endpointId: name, kind: 'unknown', entry: null }
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

function nearAliases(name: string): string[] {
  const wanted = name.slice(0, 64).toLowerCase()
  const distanceTo = (entry: ModelEntry) =>
    Math.min(...[entry.alias, ...entry.synonyms].map((known) => nameDistance(wanted, known)))
  return catalogue
    .map((entry) => ({ alias: entry.alias, distance: distanceTo(entry) }))
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ alias }) => alias)
}

/** Edits between two names; one that continues the other counts as nearly the same. */
function nameDistance(a: string, b: string): number {
  if (a.length >= 3 && (b.startsWith(a) || a.startsWith(b))) return 1
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
