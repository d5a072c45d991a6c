/**
 * Reads a request at FAL: its status and, when FAL has finished, its result. Invariants: always returns an outcome;
 * the best candidate URL wins a contradiction, and "forgotten" is reported only when FAL itself said so.
 */
import { type Outcome, unknownOutcome } from '../../domain/outcome/outcome.ts'
import { outcomeOfResult, outcomeOfStatus, oversizedResult } from '../../domain/outcome/queue-outcome.ts'
import type { LookOptions, RequestRef } from '../../ports/fal.ts'
import type { Exchanged } from '../outbound/exchange.ts'
import { type Caller, contentLengthOf, isTooLarge, isWorthNext } from './caller.ts'
import { storedResult } from './platform.ts'
import { type QueueCall, withLogs } from './queue-urls.ts'

export async function pollRequest(caller: Caller, ref: RequestRef, options: LookOptions): Promise<Outcome> {
  const status = await ask(caller, ref, 'status', options)
  if (status.type !== 'finished' && status.type !== 'forgotten') return status
  const result = status.type === 'forgotten' ? status : await ask(caller, ref, 'result', options)
  if (result.type === 'forgotten') {
    // The queue has forgotten it; FAL's list of requests keeps the payload longer.
    const stored = await storedResult(caller, ref, options)
    if (stored !== null) return stored
    if (status.type === 'finished' && status.hint !== null) {
      return { type: 'failed', error: { code: 'FAL_UNAVAILABLE', message: status.hint, retryable: true } }
    }
    return result
  }
  if (status.type === 'finished' && (result.type === 'unknown' || result.type === 'running')) {
    // That it finished is news: the result's retention is running, and polls become frequent.
    return {
      ...status,
      trouble: result.type === 'unknown' ? result.reason : 'FAL says that it is still in progress.',
    }
  }
  if (result.type === 'completed' && status.type === 'finished') {
    return { ...result, inferenceSeconds: status.inferenceSeconds ?? result.inferenceSeconds }
  }
  return result
}

async function ask(caller: Caller, ref: RequestRef, call: QueueCall, options: LookOptions): Promise<Outcome> {
  const heard: { outcome: Outcome; refusedMethod: boolean }[] = []
  for (const candidate of caller.candidates(ref, call)) {
    const exchanged = await callCandidate(caller, ref, { ...options, candidate, call })
    const outcome = read(exchanged, call, caller.resultMaxBytes)
    // After a "not found" the further candidates only confirm it: ignore their errors.
    if (!isWorthNext(exchanged) && (heard.length === 0 || outcome.type !== 'unknown')) return outcome
    heard.push({ outcome, refusedMethod: exchanged.httpStatus === 405 })
  }
  const best = heard.find(({ refusedMethod }) => !refusedMethod) ?? heard[0]
  return best?.outcome ?? unknownOutcome('The request has no URL.')
}

interface Asked extends LookOptions {
  candidate: string
  call: QueueCall
}

/** Logs that are too large to be read are left out: the status counts. */
async function callCandidate(
  caller: Caller,
  ref: RequestRef,
  { candidate, call, logs, hold, signal }: Asked,
): Promise<Exchanged> {
  const common = { method: 'GET' as const, falKeyRef: ref.falKeyRef, signal }
  if (call !== 'status')
    return caller.call({ ...common, url: candidate, maxBytes: caller.resultMaxBytes, hold })
  const exchanged = await caller.call({ ...common, url: withLogs(candidate, logs) })
  return logs && isTooLarge(exchanged)
    ? caller.call({ ...common, url: withLogs(candidate, false) })
    : exchanged
}

function read(exchanged: Exchanged, call: QueueCall, resultMaxBytes: number): Outcome {
  if (call === 'result' && isTooLarge(exchanged)) {
    const { httpStatus, headers } = exchanged
    if (httpStatus === 200) return oversizedResult(contentLengthOf(headers), resultMaxBytes)
    // The status and headers of a refusal say enough.
    if (httpStatus !== null) return outcomeOfResult(httpStatus, headers, '')
  }
  if (exchanged.type === 'trouble') {
    const late =
      exchanged.code === 'TIMEOUT' || exchanged.code.endsWith('_TIMEOUT') || exchanged.code === 'ETIMEDOUT'
    return unknownOutcome(
      `FAL could not be asked (${exchanged.code}).`,
      late ? 'FAL_TIMEOUT' : 'FAL_UNAVAILABLE',
    )
  }
  return call === 'status'
    ? outcomeOfStatus(exchanged.httpStatus, exchanged.text)
    : outcomeOfResult(exchanged.httpStatus, exchanged.headers, exchanged.text)
}
