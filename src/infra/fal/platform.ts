/**
 * FAL's Platform API: its own list of requests, stored results and unit prices. Invariants: bounded paging, and null,
 * a reason or a shorter answer instead of an error, since nothing here may stop a job.
 */
import { sliceExact, tryParseExact } from '../../domain/exact-json.ts'
import { timeOfUuid } from '../../domain/ids.ts'
import { nothingTold } from '../../domain/outcome/bill-headers.ts'
import { isRecord, toJobError } from '../../domain/outcome/fal-error.ts'
import { completedOutcome, type Outcome } from '../../domain/outcome/outcome.ts'
import type { ListedRequest, NoPrices, RequestRef, UnitPrice } from '../../ports/fal.ts'
import type { Caller } from './caller.ts'
import { trimmed } from './queue-urls.ts'

const pageSize = 100
const mostPages = 20
const priceBatch = 50

interface Page {
  text: string
  body: Record<string, unknown>
}

type PageAnswer = { page: Page } | { httpStatus: number | null; trouble: string }

/**
 * Newest first. null when the list could not be read completely: a missing request would otherwise count as never
 * sent.
 */
export async function listRequests(
  caller: Caller,
  query: { endpointId: string; since: number; signal?: AbortSignal },
): Promise<ListedRequest[] | null> {
  const listed: ListedRequest[] = []
  let cursor: string | null = null
  for (let count = 0; count < mostPages; count += 1) {
    const parameters: [string, string][] = [
      ['endpoint_id', query.endpointId],
      ['start', new Date(query.since).toISOString()],
      ['expand', 'payloads'],
      ['limit', String(pageSize)],
    ]
    if (cursor !== null) parameters.push(['cursor', cursor])
    const answer = await get(caller, '/models/requests/by-endpoint', parameters, null, query.signal)
    if (!('page' in answer) || !Array.isArray(answer.page.body.items)) return null
    const { items, next_cursor: next, has_more: more } = answer.page.body
    listed.push(...items.flatMap(toListed))
    if (more === false || typeof next !== 'string' || next === '' || next === cursor) {
      return listed.toSorted((a, b) => b.sentAt - a.sentAt)
    }
    cursor = next
  }
  caller.log.warn(
    { endpointId: query.endpointId, read: listed.length },
    'FAL’s list of requests is too long to read',
  )
  return null
}

/** The entry in FAL's list for a request that the queue has forgotten; null when there is none. */
export async function storedResult(
  caller: Caller,
  ref: RequestRef,
  signal: AbortSignal | undefined,
): Promise<Outcome | null> {
  const parameters: [string, string][] = [
    ['endpoint_id', ref.endpointId],
    ['request_id', ref.requestId],
    ['expand', 'payloads'],
  ]
  const answer = await get(caller, '/models/requests/by-endpoint', parameters, ref.falKeyRef, signal)
  if (!('page' in answer) || !Array.isArray(answer.page.body.items)) return null
  const at = answer.page.body.items.findIndex((item) => isRecord(item) && item.request_id === ref.requestId)
  const item: unknown = answer.page.body.items[at]
  if (!isRecord(item) || typeof item.status_code !== 'number') return null
  const output = item.json_output
  if (item.status_code === 499) return { type: 'canceled' }
  if (item.status_code >= 400) {
    return { type: 'failed', error: toJobError({ httpStatus: item.status_code, headers: {}, body: output }) }
  }
  const result = sliceExact(answer.page.text, ['items', String(at), 'json_output'])
  if (output === undefined || output === null || result === null) return null
  const inferenceSeconds = typeof item.duration === 'number' ? item.duration : null
  return completedOutcome(result, output, { inferenceSeconds, ...nothingTold })
}

export async function fetchPrices(
  caller: Caller,
  endpointIds: readonly string[],
  signal: AbortSignal | undefined,
): Promise<UnitPrice[] | NoPrices> {
  const batches = Array.from({ length: Math.ceil(endpointIds.length / priceBatch) }, (_, at) =>
    endpointIds.slice(at * priceBatch, (at + 1) * priceBatch),
  )
  const rows: UnitPrice[] = []
  for (const batch of batches) {
    const prices = await pricesOf(caller, batch, signal)
    if ('trouble' in prices) return prices
    rows.push(...prices)
  }
  return rows
}

/** One unknown id makes FAL answer 404 for all: the batch is halved until the unknown one stands alone. */
async function pricesOf(
  caller: Caller,
  batch: readonly string[],
  signal: AbortSignal | undefined,
): Promise<UnitPrice[] | NoPrices> {
  const parameters = batch.map((id): [string, string] => ['endpoint_id', id])
  const answer = await get(caller, '/models/pricing', parameters, null, signal)
  if ('page' in answer) {
    const { prices } = answer.page.body
    return Array.isArray(prices)
      ? prices.flatMap(toPrice)
      : { trouble: 'FAL’s answer holds no list of prices' }
  }
  if (answer.httpStatus !== 404) return { trouble: answer.trouble }
  if (batch.length <= 1) return []
  const middle = Math.ceil(batch.length / 2)
  const first = await pricesOf(caller, batch.slice(0, middle), signal)
  if ('trouble' in first) return first
  const second = await pricesOf(caller, batch.slice(middle), signal)
  return 'trouble' in second ? second : [...first, ...second]
}

const unreadable: PageAnswer = { httpStatus: null, trouble: 'FAL’s answer is no JSON object' }

async function get(
  caller: Caller,
  path: string,
  parameters: [string, string][],
  falKeyRef: string | null,
  signal: AbortSignal | undefined,
): Promise<PageAnswer> {
  // The base is given with or without its version: FAL's own documents write both.
  const base = trimmed(caller.bases.platformBase).replace(/\/v1$/, '')
  const url = `${base}/v1${path}?${new URLSearchParams(parameters)}`
  const answer = await caller.call({ method: 'GET', url, falKeyRef, signal })
  if (answer.type === 'trouble' || answer.httpStatus !== 200) {
    caller.log.debug({ path, httpStatus: answer.httpStatus }, 'FAL’s Platform API gave no answer')
    const trouble = answer.type === 'trouble' ? answer.code : `FAL answered ${answer.httpStatus}`
    return { httpStatus: answer.httpStatus, trouble }
  }
  const body = tryParseExact(answer.text)
  return isRecord(body) ? { page: { text: answer.text, body } } : unreadable
}

function toListed(item: unknown): ListedRequest[] {
  if (!isRecord(item) || typeof item.request_id !== 'string') return []
  // A request may have waited in the queue for long before it started: its id tells when it was sent.
  const sentAt = timeOf(item.sent_at) ?? timeOfUuid(item.request_id) ?? timeOf(item.started_at)
  if (sentAt === null) return []
  return [
    {
      requestId: item.request_id,
      sentAt,
      endedAt: timeOf(item.ended_at),
      statusCode: typeof item.status_code === 'number' ? item.status_code : null,
      input: item.json_input ?? null,
    },
  ]
}

function toPrice(row: unknown): UnitPrice[] {
  if (!isRecord(row)) return []
  const { endpoint_id: endpointId, unit_price: unitPrice, unit, currency } = row
  if (typeof endpointId !== 'string' || typeof unitPrice !== 'number' || typeof unit !== 'string') return []
  return [{ endpointId, unitPrice, unit, currency: typeof currency === 'string' ? currency : 'USD' }]
}

/** Epoch ms; FAL writes some times without a zone, which are UTC. */
function timeOf(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(value) || !value.includes('T') ? value : `${value}Z`
  const time = Date.parse(zoned)
  return Number.isNaN(time) ? null : time
}
