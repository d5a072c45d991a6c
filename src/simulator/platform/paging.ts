/** Lists of the Platform API: `limit` and `cursor` in, `next_cursor` and `has_more` out; a cursor is a page number in base64. */

import type { JsonObject } from '../base/json.ts'

export interface Page<T> {
  readonly items: readonly T[]
  readonly links: { readonly next_cursor: string | null; readonly has_more: boolean }
}

/** Undefined when limit or cursor is not one. */
export function pageOf<T>(
  all: readonly T[],
  query: URLSearchParams,
  limits: { readonly otherwise: number; readonly max: number },
): Page<T> | undefined {
  const limit = Number(query.get('limit') ?? limits.otherwise)
  const cursor = query.get('cursor')
  const page = cursor === null ? 1 : Number(Buffer.from(cursor, 'base64').toString('latin1'))
  if (!isCount(limit) || limit > limits.max || !isCount(page)) return undefined
  const end = page * limit
  const hasMore = end < all.length
  return {
    items: all.slice(end - limit, end),
    links: {
      next_cursor: hasMore ? Buffer.from(String(page + 1)).toString('base64') : null,
      has_more: hasMore,
    },
  }
}

/** Endpoint ids by repetition or by comma; at most 50 count. */
export function idsOf(query: URLSearchParams): readonly string[] {
  return query
    .getAll('endpoint_id')
    .flatMap((value) => value.split(','))
    .filter((id) => id !== '')
}

export function listBody(name: string, page: Page<JsonObject>): JsonObject {
  return { [name]: page.items, ...page.links }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1
}
