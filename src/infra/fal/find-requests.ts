/**
 * Searches FAL's own list of requests for one whose submit answer was lost. Invariants: bounded in pages and bytes, and
 * a list that was not read to its end never counts as one without the request.
 */
import { timeOfUuid } from '../../domain/ids.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { FoundRequests, RequestSearch } from '../../ports/fal.ts'
import { askPlatform, mostInputBytes, type PlatformAnswer, requestsPath } from './ask-platform.ts'
import type { Caller } from './caller.ts'

const largestPage = 100
/** A page that is too large is asked for again with fewer requests. */
const shrinkBy = 5
const mostCalls = 60

interface Position {
  cursor: string | null
  limit: number
}

export async function findRequests(caller: Caller, search: RequestSearch): Promise<FoundRequests> {
  const found: FoundRequests['requests'] = []
  const finish = (isWhole: boolean): FoundRequests => ({
    requests: found.toSorted((a, b) => a.sentAt - b.sentAt),
    isWhole,
  })
  let isWhole = true
  let at: Position | null = { cursor: null, limit: largestPage }
  for (let calls = 0; at !== null && calls < mostCalls; calls += 1) {
    const answer = await askForPage(caller, search, at, 'payloads')
    if ('trouble' in answer && answer.isTooLarge && at.limit > 1) {
      at = { ...at, limit: Math.max(1, Math.floor(at.limit / shrinkBy)) }
      continue
    }
    const isSkipped = 'trouble' in answer && answer.isTooLarge
    // One request that is too large to be read: without its payloads the answer has its time and the next cursor.
    const page = isSkipped ? await askForPage(caller, search, at, 'heads') : answer
    if (!('page' in page) || !Array.isArray(page.page.body.items)) return finish(false)
    const listed = page.page.body.items.flatMap(toListed).filter(isInTime(search))
    if (isSkipped && listed.length > 0) isWhole = false
    if (!isSkipped) found.push(...listed.filter(({ input }) => search.hasInput(input)).map(withoutInput))
    at = nextPosition(page.page.body, at)
  }
  if (at !== null)
    caller.log.warn({ endpointId: search.endpointId }, 'FAL’s list of requests is too long to read')
  return finish(isWhole && at === null)
}

function askForPage(
  caller: Caller,
  search: RequestSearch,
  { cursor, limit }: Position,
  what: 'payloads' | 'heads',
): Promise<PlatformAnswer> {
  const parameters: [string, string][] = [
    ['endpoint_id', search.endpointId],
    ['start', new Date(search.since).toISOString()],
    ['limit', String(limit)],
  ]
  if (what === 'payloads') parameters.push(['expand', 'payloads'])
  if (cursor !== null) parameters.push(['cursor', cursor])
  return askPlatform(caller, requestsPath, parameters, {
    signal: search.signal,
    hold: search.hold,
    ...(limit === 1 ? { maxBytes: caller.resultMaxBytes + mostInputBytes } : {}),
  })
}

/** null: the list ends here. */
function nextPosition(body: Record<string, unknown>, { cursor, limit }: Position): Position | null {
  const { next_cursor: next, has_more: more } = body
  if (more === false || typeof next !== 'string' || next === '' || next === cursor) return null
  return { cursor: next, limit: Math.min(largestPage, limit * 2) }
}

interface Listed {
  requestId: string
  sentAt: number
  input: unknown
}

const isInTime =
  ({ since, until }: RequestSearch) =>
  ({ sentAt }: Listed): boolean =>
    sentAt >= since && sentAt <= until

/** Inputs may be megabytes: they are compared page by page and not kept. */
const withoutInput = ({ requestId, sentAt }: Listed) => ({ requestId, sentAt })

function toListed(item: unknown): Listed[] {
  if (!isRecord(item) || typeof item.request_id !== 'string') return []
  // A request may have waited in the queue for long before it started: its id contains the time at which it was sent.
  const sentAt = timeOf(item.sent_at) ?? timeOfUuid(item.request_id) ?? timeOf(item.started_at)
  return sentAt === null ? [] : [{ requestId: item.request_id, sentAt, input: item.json_input ?? null }]
}

/** Epoch ms; FAL writes some times without a zone, which are UTC. */
function timeOf(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(value) || !value.includes('T') ? value : `${value}Z`
  const time = Date.parse(zoned)
  return Number.isNaN(time) ? null : time
}
