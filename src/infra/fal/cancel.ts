/** Asks FAL to cancel a request. The answer says what FAL will try; the outcome shows only in a later poll. */
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { CancelAnswer, RequestRef } from '../../ports/fal.ts'
import type { Exchanged } from '../outbound/exchange.ts'
import { type Caller, isWorthNext } from './caller.ts'

export async function cancelRequest(
  caller: Caller,
  ref: RequestRef,
  signal: AbortSignal | undefined,
): Promise<CancelAnswer> {
  let best: CancelAnswer | null = null
  for (const url of caller.candidates(ref, 'cancel')) {
    const exchanged = await caller.call({ method: 'PUT', url, falKeyRef: ref.falKeyRef, signal })
    const answer = read(exchanged)
    if (!isWorthNext(exchanged) && (best === null || answer.type !== 'unknown')) return answer
    if (best === null || (best.type === 'unknown' && answer.type === 'not_found')) best = answer
  }
  return best ?? { type: 'unknown', reason: 'The request has no URL.' }
}

function read(exchanged: Exchanged): CancelAnswer {
  if (exchanged.type === 'trouble')
    return { type: 'unknown', reason: `FAL could not be asked (${exchanged.code}).` }
  const { httpStatus, text } = exchanged
  const status = statusIn(text)
  if (status === 'ALREADY_COMPLETED') return { type: 'already_completed' }
  if (status === 'NOT_FOUND') return { type: 'not_found' }
  if (httpStatus < 200 || httpStatus >= 300) return { type: 'unknown', reason: `FAL answered ${httpStatus}.` }
  // FAL's documents disagree about other bodies; "requested" is the safe reading, since the poll then decides.
  return httpStatus === 200 && status === 'OK' ? { type: 'removed' } : { type: 'requested' }
}

function statusIn(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text)
    return isRecord(body) && typeof body.status === 'string' ? body.status : null
  } catch {
    // An empty body or a page: the HTTP status alone counts.
    return null
  }
}
