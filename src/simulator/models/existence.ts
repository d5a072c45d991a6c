/**
 * Decides which endpoints exist: those the simulator knows, those it was given as models, and those its settings
 * name. FAL refuses an unknown app at the submit, and a path that an app does not have at the result.
 */

import { distance } from 'fastest-levenshtein'
import { appOf } from '../base/endpoint-id.ts'
import type { World } from '../world/world.ts'
import { models } from './catalogue.ts'

export interface Missing {
  readonly what: 'app' | 'path'
  /** Endpoints that may have been meant, the nearest first. */
  readonly near: readonly string[]
}

/** Undefined when the settings admit every endpoint. */
const neverThere = /^[^/]+\/no-such-app(\/|$)/
const neverAPath = /\/no-such-path$/

/** Undefined: the endpoint exists. */
export function missingOf(world: World, endpointId: string): Missing | undefined {
  if (neverThere.test(endpointId)) return { what: 'app', near: [] }
  if (neverAPath.test(endpointId)) return { what: 'path', near: [] }
  const { endpoints } = world.settings
  const named = endpoints.filter((name) => !name.endsWith('*'))
  const known = [...models.map(({ id }) => id), ...world.models.keys(), ...named]
  if (known.includes(endpointId) || endpoints.some((name) => isBeginning(name, endpointId))) return undefined
  const app = appOf(endpointId)
  const what = known.some((id) => appOf(id) === app) ? 'path' : 'app'
  return { what, near: nearest(known, endpointId) }
}

/** A name that ends in `*` stands for every endpoint that begins so. */
function isBeginning(name: string, endpointId: string): boolean {
  return name.endsWith('*') && endpointId.startsWith(name.slice(0, -1))
}

const mostNear = 3

/** Those that differ by less than half, or live under the same app. */
function nearest(known: readonly string[], endpointId: string): readonly string[] {
  return known
    .map((id) => ({ id, far: distance(id, endpointId), isKin: appOf(id) === appOf(endpointId) }))
    .filter(({ id, far, isKin }) => isKin || far < id.length / 3)
    .sort((a, b) => a.far - b.far)
    .slice(0, mostNear)
    .map(({ id }) => id)
}

/** A hint for a person, appended to FAL's own words. */
export function nearWords(near: readonly string[]): string {
  return near.length === 0 ? '' : `. Near: ${near.join(', ')}`
}
