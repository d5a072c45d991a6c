/**
 * Calls that may be repeated (status, result, cancel, lists): first with the key that sent the request, then with the
 * other; first the returned URL, then the rebuilt ones. Invariants: bounded, never throws, no key in the results.
 */
import type { Dispatcher } from 'undici'
import { tryParseExact } from '../../domain/exact-json.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import { type FalLog, logsOf } from '../../domain/outcome/outcome.ts'
import type { RequestRef } from '../../ports/fal.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Hold } from '../../ports/memory-budget.ts'
import type { Exchanged } from '../outbound/exchange.ts'
import { exchangeWithBackup } from './backup-host.ts'
import { authorization, type KeyRing } from './key-ring.ts'
import { type Bases, candidateUrls, type QueueCall, withLogs } from './queue-urls.ts'

/** Maximum size of an answer that is no result: a status with its logs, a page of a list, prices, a document. */
const maxAnswerBytes = 8 * 1024 * 1024
const headersTimeoutMs = 30_000

export interface CallerOptions {
  dispatcher: Dispatcher
  ring: KeyRing
  bases: Bases
  log: Logger
  timeoutMs: number
  resultMaxBytes: number
}

interface CallOptions {
  method: 'GET' | 'PUT' | 'DELETE'
  url: string
  falKeyRef: string | null
  /** Another limit than usual. */
  maxBytes?: number
  timeoutMs?: number
  headersOnly?: boolean
  hold?: Hold | undefined
  signal?: AbortSignal | undefined
}

export interface Caller {
  bases: Bases
  log: Logger
  /** Largest result that is read. */
  resultMaxBytes: number
  call(options: CallOptions): Promise<Exchanged>
  /** Candidate URLs of a request, best first. */
  candidates(ref: RequestRef, call: QueueCall): string[]
  logs(ref: RequestRef, signal?: AbortSignal): Promise<FalLog[]>
}

export function createCaller({
  dispatcher,
  ring,
  bases,
  log,
  timeoutMs,
  resultMaxBytes,
}: CallerOptions): Caller {
  const callWith = async (key: string, options: CallOptions): Promise<Exchanged> => {
    const { method, url, signal } = options
    const ownTimeoutMs = Math.min(options.timeoutMs ?? timeoutMs, timeoutMs)
    const request = {
      dispatcher,
      method,
      url,
      headers: { authorization: authorization(key), accept: 'application/json' },
      timeoutMs: ownTimeoutMs,
      headersTimeoutMs: Math.min(headersTimeoutMs, ownTimeoutMs),
      maxBytes: options.maxBytes ?? maxAnswerBytes,
      headersOnly: options.headersOnly === true,
      hold: options.hold,
      ...(signal === undefined ? {} : { signal }),
    }
    const exchanged = await exchangeWithBackup(request, log)
    return exchanged.type === 'answer' ? { ...exchanged, text: ring.redact(exchanged.text) } : exchanged
  }

  const caller: Caller = {
    bases,
    log,
    resultMaxBytes,
    async call(options) {
      const [first, ...others] = ring.forRequest(options.falKeyRef)
      let exchanged = await callWith(first ?? '', options)
      for (const key of others) {
        if (exchanged.httpStatus !== 401 && exchanged.httpStatus !== 403) break
        const second = await callWith(key, options)
        if (second.type === 'answer') exchanged = second
      }
      return exchanged
    },
    candidates: (ref, call) =>
      candidateUrls(bases, ref, call, (url) => {
        const host = URL.canParse(url) ? new URL(url).host : 'unreadable'
        log.warn({ requestId: ref.requestId, call, host }, 'ignored a returned URL that is not on a FAL host')
      }),
    async logs(ref, signal) {
      for (const url of caller.candidates(ref, 'status')) {
        const answer = await caller.call({
          method: 'GET',
          url: withLogs(url, true),
          falKeyRef: ref.falKeyRef,
          signal,
        })
        if (answer.type === 'answer' && answer.httpStatus < 300) return logsOf(memberOf(answer.text, 'logs'))
        if (!isWorthNext(answer)) return []
      }
      return []
    },
  }
  return caller
}

/** Failures after which the next candidate is tried: not found, wrong method, or an unresolvable host name. */
export const isWorthNext = (exchanged: Exchanged): boolean =>
  exchanged.type === 'answer'
    ? exchanged.httpStatus === 404 || exchanged.httpStatus === 405
    : exchanged.code === 'ENOTFOUND' || exchanged.code === 'EAI_AGAIN'

/** The answer began, and was cut at the limit. */
export const isTooLarge = (exchanged: Exchanged): boolean =>
  exchanged.type === 'trouble' && exchanged.code === 'TOO_LARGE'

export function contentLengthOf(headers: Readonly<Record<string, string>>): number | null {
  const length = headers['content-length']
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null
}

function memberOf(text: string, key: string): unknown {
  const body = tryParseExact(text)
  return isRecord(body) ? body[key] : undefined
}
