/** Asks FAL to forget a request: its stored input and output, and the output's files. Needs a key with FAL's ADMIN scope. */
import type { EraseAnswer } from '../../ports/fal.ts'
import type { Caller } from './caller.ts'
import { trimmed } from './queue-urls.ts'

export async function erasePayloads(
  caller: Caller,
  request: { requestId: string; falKeyRef: string | null },
  signal: AbortSignal | undefined,
): Promise<EraseAnswer> {
  const base = trimmed(caller.bases.platformBase).replace(/\/v1$/, '')
  const url = `${base}/v1/models/requests/${encodeURIComponent(request.requestId)}/payloads`
  const answer = await caller.call({ method: 'DELETE', url, falKeyRef: request.falKeyRef, signal })
  if (answer.type === 'trouble')
    return { type: 'unknown', reason: `FAL could not be asked (${answer.code}).` }
  const { httpStatus } = answer
  if ((httpStatus >= 200 && httpStatus < 300) || httpStatus === 404 || httpStatus === 410)
    return { type: 'erased' }
  if (httpStatus === 401 || httpStatus === 403) {
    return { type: 'refused', reason: 'The FAL key lacks the ADMIN scope that erasing payloads needs.' }
  }
  return { type: 'unknown', reason: `FAL answered ${httpStatus}.` }
}
