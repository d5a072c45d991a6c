/**
 * FAL's Platform API: stored results and unit prices. Invariant: null or a reason instead of an error, since nothing
 * here may stop a job.
 */
import { sliceExact } from '../../domain/exact-json.ts'
import { noBilledUnits } from '../../domain/outcome/bill-headers.ts'
import { isRecord, toJobError } from '../../domain/outcome/fal-error.ts'
import { completedOutcome, type Outcome } from '../../domain/outcome/outcome.ts'
import { oversizedResult } from '../../domain/outcome/queue-outcome.ts'
import type { LookOptions, NoPrices, RequestRef, UnitPrice } from '../../ports/fal.ts'
import { askPlatform, mostInputBytes, requestsPath } from './ask-platform.ts'
import type { Caller } from './caller.ts'

const priceBatch = 50

/** The entry in FAL's list for a request that the queue has forgotten; null when there is none. */
export async function storedResult(
  caller: Caller,
  ref: RequestRef,
  { hold, signal }: Pick<LookOptions, 'hold' | 'signal'>,
): Promise<Outcome | null> {
  const parameters: [string, string][] = [
    ['endpoint_id', ref.endpointId],
    ['request_id', ref.requestId],
    ['expand', 'payloads'],
  ]
  const answer = await askPlatform(caller, requestsPath, parameters, {
    falKeyRef: ref.falKeyRef,
    signal,
    maxBytes: caller.resultMaxBytes + mostInputBytes,
    hold,
  })
  if ('trouble' in answer && answer.isTooLarge) return oversizedResult(null, caller.resultMaxBytes)
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
  return completedOutcome(result, output, { inferenceSeconds, ...noBilledUnits })
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
  const answer = await askPlatform(caller, '/models/pricing', parameters, { signal })
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

function toPrice(row: unknown): UnitPrice[] {
  if (!isRecord(row)) return []
  const { endpoint_id: endpointId, unit_price: unitPrice, unit, currency } = row
  if (typeof endpointId !== 'string' || typeof unitPrice !== 'number' || typeof unit !== 'string') return []
  return [{ endpointId, unitPrice, unit, currency: typeof currency === 'string' ? currency : 'USD' }]
}
