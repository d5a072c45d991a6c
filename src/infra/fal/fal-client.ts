/**
 * FAL's queue, Platform API and storage as the ports the use cases know, with one key ring for all of them. Promise:
 * a submit is posted once, every call is bounded, network errors throw only in the relay of an upload, and the key
 * goes to FAL's own hosts only and never appears in a result.
 */
import { Agent, buildConnector, type Dispatcher } from 'undici'
import { isFalBase } from '../../domain/fal-base.ts'
import type { Outcome } from '../../domain/outcome/outcome.ts'
import type { FalStatement } from '../../ports/billing.ts'
import type { BillAnswer, Fal, NoPrices, SubmitAnswer, SubmitRequest, UnitPrice } from '../../ports/fal.ts'
import type { FalStorage } from '../../ports/fal-storage.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ModelSource } from '../../ports/model-source.ts'
import { type OutgoingProxy, viaProxy } from '../outbound/proxy-tunnel.ts'
import { exchangeWithBackup } from './backup-host.ts'
import { createFalStatement } from './billing-events.ts'
import { createCaller } from './caller.ts'
import { cancelRequest } from './cancel.ts'
import { createModelSource } from './describe-models.ts'
import { erasePayloads } from './erase-payloads.ts'
import { findRequests } from './find-requests.ts'
import { authorization, createKeyRing, type FalKeys, type KeyRing } from './key-ring.ts'
import { fetchPrices } from './platform.ts'
import { type Bases, submitUrl } from './queue-urls.ts'
import { readBill } from './read-bill.ts'
import { pollRequest } from './read-request.ts'
import { relayToStorage } from './storage.ts'
import { isKeyRefused, toSubmitAnswer } from './submit-answer.ts'

export interface FalOptions extends Bases {
  /** FAL's web host, which describes models too. */
  schemaBase: string
  keys: FalKeys
  /** Of admin scope, for the statement alone. */
  billingKey?: string | null
  /** Of a submit, in ms; polls and cancels take at most 10 s to connect and two minutes in all. */
  timeoutMs: number
  /** Largest result that is read. Default: 64 MB. */
  resultMaxBytes?: number | null
  /** For tests and proxies; by default the client creates its own agents, which `close` closes. */
  dispatcher?: Dispatcher
  /** The operator's proxy. Default: none. */
  proxy?: OutgoingProxy | null
  log: Logger
  /** Called each time FAL refused `FAL_KEY_NEW` and `FAL_KEY` was used instead. */
  onKeyFallback?: () => void
  /** Called with the outcome of each submit. */
  onSubmitted?: (answer: SubmitAnswer) => void
  /** Called with the outcome of each poll. */
  onPolled?: (outcome: Outcome) => void
  /** Called with the outcome of each read of a bill. */
  onBillRead?: (answer: BillAnswer) => void
}

export interface FalClient extends Fal, FalStorage {
  models: ModelSource
  /** The connections to FAL for whatever may be asked again. */
  asking: Dispatcher
  /** null without a billing key. */
  statement: FalStatement | null
  /** Uses other keys from the next call on, e.g. in a rotation. */
  useKeys(keys: FalKeys): void
  /** The text without the FAL keys, which an answer may echo. */
  redact(text: string): string
  /** Live unit prices in FAL's own units, unknown endpoints left out; null when the price list could not be read. */
  fetchPrices(endpointIds: readonly string[], signal?: AbortSignal): Promise<UnitPrice[] | NoPrices>
  close(): Promise<void>
}

/** Short enough that a task has time left for the backup host. */
const connectTimeoutMs = 10_000
const longestCallMs = 120_000
export const usualResultBytes = 64 * 1024 * 1024
/** An answer to a submit is a few hundred bytes. */
const maxSubmitAnswerBytes = 1024 * 1024

export function createFal(options: FalOptions): FalClient {
  for (const base of [options.queueBase, options.apiBase, options.platformBase, options.schemaBase]) {
    if (!isFalBase(base, options.allowLoopback)) throw new Error(`${base} is not a base of FAL's API.`)
  }
  const ring = createKeyRing(options.keys)
  const { submitting, asking, relaying, close } = connectionsOf(options.dispatcher, options.proxy ?? null)
  const callerWith = (keyRing: KeyRing) =>
    createCaller({
      dispatcher: asking,
      ring: keyRing,
      bases: options,
      log: options.log,
      timeoutMs: Math.min(options.timeoutMs, longestCallMs),
      resultMaxBytes: options.resultMaxBytes ?? usualResultBytes,
    })
  const caller = callerWith(ring)
  const billingKey = options.billingKey ?? null
  return {
    asking,
    models: createModelSource({ caller, dispatcher: asking, schemaBase: options.schemaBase }),
    statement:
      billingKey === null ? null : createFalStatement(callerWith(createKeyRing({ primary: billingKey }))),
    useKeys: ring.replace,
    redact: ring.redact,
    async submit(request) {
      const answer = await submit(request, options, ring, submitting)
      options.onSubmitted?.(answer)
      return answer
    },
    async poll(ref, looking) {
      const outcome = await pollRequest(caller, ref, looking)
      options.onPolled?.(outcome)
      return outcome
    },
    async bill(ref, signal) {
      const answer = await readBill(caller, ref, signal)
      options.onBillRead?.(answer)
      return answer
    },
    logs: (ref, signal) => caller.logs(ref, signal),
    cancel: (ref, signal) => cancelRequest(caller, ref, signal),
    findRequests: (search) => findRequests(caller, search),
    erase: (request, signal) => erasePayloads(caller, request, signal),
    fetchPrices: (endpointIds, signal) => fetchPrices(caller, endpointIds, signal),
    relay: (...upload) => relayToStorage({ ...options, ring, dispatcher: relaying }, ...upload),
    close,
  }
}

interface Connections {
  submitting: Dispatcher
  asking: Dispatcher
  relaying: Dispatcher
  close(): Promise<void>
}

/**
 * A kept-alive connection that the server closes just as we write makes a submit uncertain. Submits therefore reuse a
 * connection only within a second, far below any server's idle limit, and never pipeline; reads may be repeated freely.
 */
function connectionsOf(given: Dispatcher | undefined, proxy: OutgoingProxy | null): Connections {
  if (given !== undefined)
    return { submitting: given, asking: given, relaying: given, close: async () => undefined }
  const direct = buildConnector({ timeout: connectTimeoutMs, allowH2: false })
  const connect = viaProxy(proxy, direct, connectTimeoutMs)
  const submitting = new Agent({
    connect,
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 1_000,
    keepAliveMaxTimeout: 1_000,
  })
  const asking = new Agent({ connect, allowH2: false, connections: 64 })
  const relaying = new Agent({ connect })
  return {
    submitting,
    asking,
    relaying,
    async close() {
      await Promise.all([submitting.close(), asking.close(), relaying.close()])
    },
  }
}

async function submit(
  request: SubmitRequest,
  options: FalOptions,
  ring: KeyRing,
  dispatcher: Dispatcher,
): Promise<SubmitAnswer> {
  const url = submitUrl(options, request.endpointId, request.webhookUrl)
  if (url === null) {
    const message = `${JSON.stringify(request.endpointId)} is not an endpoint id of FAL.`
    return { type: 'refused', error: { code: 'FAL_REJECTED', message, retryable: false } }
  }
  let fallback = false
  const keys = ring.forSubmit()
  for (const key of keys) {
    const call = {
      dispatcher,
      method: 'POST' as const,
      url,
      headers: submitHeaders(request, key),
      body: JSON.stringify(request.input),
      timeoutMs: options.timeoutMs,
      maxBytes: maxSubmitAnswerBytes,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    }
    const exchanged = await exchangeWithBackup(call, options.log)
    const isLast = key === keys.at(-1)
    if (isKeyRefused(exchanged) && !isLast) {
      options.log.warn(
        { httpStatus: exchanged.httpStatus },
        'FAL refused FAL_KEY_NEW; FAL_KEY is used instead',
      )
      options.onKeyFallback?.()
      fallback = true
      continue
    }
    const clean =
      exchanged.type === 'answer' ? { ...exchanged, text: ring.redact(exchanged.text) } : exchanged
    return toSubmitAnswer(clean, key, fallback)
  }
  throw new Error('A key ring is never empty.')
}

function submitHeaders({ queue }: SubmitRequest, key: string): Record<string, string> {
  const headers: Record<string, string> = {
    authorization: authorization(key),
    accept: 'application/json',
    'content-type': 'application/json',
    'x-fal-request-source': 'fal-jobs',
  }
  if (queue.priority !== undefined) headers['x-fal-queue-priority'] = queue.priority
  if (queue.startTimeoutSeconds !== undefined) {
    // FAL renamed the header; which of the two its gateway reads is not documented.
    headers['x-fal-request-start-timeout'] = String(queue.startTimeoutSeconds)
    headers['x-fal-request-timeout'] = String(queue.startTimeoutSeconds)
  }
  if (queue.runnerHint !== undefined) headers['x-fal-runner-hint'] = queue.runnerHint
  return headers
}
