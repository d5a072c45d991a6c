/**
 * Asks the result of a request for its bill, which stands in its headers: the body is dropped unread. Never throws, and
 * says "forgotten" only when FAL itself said so.
 */
import { tryParseExact } from '../../domain/exact-json.ts'
import { billedUnitsOf } from '../../domain/outcome/bill-headers.ts'
import { isStillRunning } from '../../domain/outcome/queue-outcome.ts'
import type { BillAnswer, RequestRef } from '../../ports/fal.ts'
import type { Exchanged } from '../outbound/exchange.ts'
import { type Caller, isWorthNext } from './caller.ts'

/** No request waits for it. */
const timeoutMs = 20_000
/** Of an error's body, which alone says what it means. */
const maxErrorBytes = 64 * 1024

export async function readBill(
  caller: Caller,
  ref: RequestRef,
  signal: AbortSignal | undefined,
): Promise<BillAnswer> {
  let answer: BillAnswer = { type: 'silent', reason: 'the request has no URL' }
  for (const url of caller.candidates(ref, 'result')) {
    const exchanged = await caller.call({
      method: 'GET',
      url,
      falKeyRef: ref.falKeyRef,
      maxBytes: maxErrorBytes,
      timeoutMs,
      headersOnly: true,
      signal,
    })
    answer = toBill(exchanged)
    if (!isWorthNext(exchanged)) break
  }
  return answer
}

function toBill(exchanged: Exchanged): BillAnswer {
  if (exchanged.type === 'trouble') return { type: 'silent', reason: exchanged.code }
  const { httpStatus, headers, text } = exchanged
  const reported = { type: 'reported' as const, ...billedUnitsOf(headers), succeeded: httpStatus < 300 }
  if (reported.billableUnits !== null) return reported
  const ofRequest = 'x-fal-request-id' in headers
  if (httpStatus === 202 || (httpStatus === 400 && isStillRunning(tryParseExact(text))))
    return { type: 'running' }
  // The model's own errors relay its status, with FAL's header.
  if (httpStatus < 300 || (ofRequest && httpStatus !== 404)) return reported
  if (httpStatus === 404 || httpStatus === 410) return { type: 'forgotten' }
  const isModels = httpStatus === 422 || httpStatus === 499 || httpStatus === 400
  return isModels ? reported : { type: 'silent', reason: `FAL answered ${httpStatus}` }
}
