/** Relays the initiation of an upload to FAL's storage with our key, which never appears in the answer. */
import type { Dispatcher } from 'undici'
import { AppError } from '../../domain/errors.ts'
import type { FalStorage, RelayedAnswer } from '../../ports/fal-storage.ts'
import { exchange } from '../outbound/exchange.ts'
import { authorization, type KeyRing } from './key-ring.ts'
import { trimmed } from './queue-urls.ts'

export interface RelayOptions {
  dispatcher: Dispatcher
  ring: KeyRing
  apiBase: string
  timeoutMs: number
}

const longestCallMs = 30_000
/** Two URLs. */
const maxAnswerBytes = 256 * 1024

export async function relayToStorage(
  { dispatcher, ring, apiBase, timeoutMs }: RelayOptions,
  ...[path, body, { lifecycle, signal }]: Parameters<FalStorage['relay']>
): Promise<RelayedAnswer> {
  for (const key of ring.forRequest(null)) {
    const exchanged = await exchange({
      dispatcher,
      method: 'POST',
      url: `${trimmed(apiBase)}${path}`,
      headers: {
        authorization: authorization(key),
        accept: 'application/json',
        'content-type': 'application/json',
        ...(lifecycle === null ? {} : { 'x-fal-object-lifecycle': lifecycle }),
      },
      body: JSON.stringify(body),
      timeoutMs: Math.min(timeoutMs, longestCallMs),
      maxBytes: maxAnswerBytes,
      ...(signal === undefined ? {} : { signal }),
    })
    if (exchanged.type === 'trouble') throw unavailable(`no answer (${exchanged.code})`)
    const { httpStatus, text } = exchanged
    if (httpStatus === 401 || httpStatus === 403) continue
    if (httpStatus >= 500 || !isJson(text)) throw unavailable(`it answered ${httpStatus}`)
    return { status: httpStatus, body: ring.redact(text) }
  }
  // A 401 for our key would look to the caller like a wrong key of theirs.
  throw unavailable('it refused the key of this service')
}

const unavailable = (internal: string): AppError =>
  new AppError('UNAVAILABLE', "FAL's storage is unavailable for uploads.", {
    retryAfterSeconds: 5,
    internal,
  })

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // An ingress page is no answer of the storage.
    return false
  }
}
