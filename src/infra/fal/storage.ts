/** Relays the initiation of an upload to FAL's storage with our key, which appears in nothing that is handed on. */
import { Agent, type Dispatcher } from 'undici'
import { AppError } from '../../domain/errors.ts'
import type { FalStorage } from '../../ports/fal-storage.ts'
import { exchange } from '../outbound/exchange.ts'
import { authorization, createKeyRing, type FalKeys } from './key-ring.ts'
import { trimmed } from './queue-urls.ts'

export interface FalStorageOptions {
  apiBase: string
  keys: FalKeys
  timeoutMs: number
  dispatcher?: Dispatcher
}

export interface FalStorageClient extends FalStorage {
  useKeys(keys: FalKeys): void
  close(): Promise<void>
}

const longestCallMs = 30_000
/** Two URLs. */
const maxAnswerBytes = 256 * 1024

export function createFalStorage(options: FalStorageOptions): FalStorageClient {
  const ring = createKeyRing(options.keys)
  const own = options.dispatcher === undefined ? new Agent({ connect: { timeout: 10_000 } }) : null
  const dispatcher = options.dispatcher ?? own
  if (dispatcher === null) throw new Error('No dispatcher.')

  return {
    useKeys: ring.replace,
    close: async () => own?.close(),
    async relay(path, body, { lifecycle, signal }) {
      for (const key of ring.forRequest(null)) {
        const exchanged = await exchange({
          dispatcher,
          method: 'POST',
          url: `${trimmed(options.apiBase)}${path}`,
          headers: {
            authorization: authorization(key),
            accept: 'application/json',
            'content-type': 'application/json',
            ...(lifecycle === null ? {} : { 'x-fal-object-lifecycle': lifecycle }),
          },
          body: JSON.stringify(body),
          timeoutMs: Math.min(options.timeoutMs, longestCallMs),
          maxBytes: maxAnswerBytes,
          ...(signal === undefined ? {} : { signal }),
        })
        if (exchanged.type === 'trouble') throw unavailable(`no answer (${exchanged.code})`)
        const { httpStatus, text } = exchanged
        if (httpStatus === 401 || httpStatus === 403) continue
        if (httpStatus >= 500 || !isJson(text)) throw unavailable(`it answered ${httpStatus}`)
        return { status: httpStatus, body: ring.redact(text) }
      }
      // A 401 of ours would tell the caller that *their* key is wrong.
      throw unavailable('it refused the key of this service')
    },
  }
}

const unavailable = (internal: string): AppError =>
  new AppError('UNAVAILABLE', "FAL's storage cannot take uploads just now.", {
    retryAfterSeconds: 5,
    internal,
  })

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // A page of an ingress is no answer of the storage.
    return false
  }
}
