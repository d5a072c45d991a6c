/**
 * Verifies that FAL signed a delivery: headers, clock, then Ed25519 over the raw body with every known key.
 * Invariants: only FAL's own signature is `verified`, and a flood of forgeries blocks neither the event loop nor
 * causes outbound requests.
 */
import { hash, type KeyObject, verify } from 'node:crypto'
import type { WebhookVerdict, WebhookVerifier } from '../../ports/webhook-verifier.ts'
import { createKeySet, type KeySetOptions, type KeySetState } from './key-set.ts'

export interface WebhookVerifierOptions extends KeySetOptions {
  /** Permits a key set over plain http from the local simulator. */
  allowLoopback: boolean
}

export interface FalWebhookVerifier extends WebhookVerifier {
  state(): KeySetState
  /** Fetches the key set ahead of the first delivery. Never throws. */
  warm(): Promise<void>
}

const toleranceSeconds = 300

interface SignedHeaders {
  requestId: string
  userId: string
  timestamp: string
  signature: Buffer
}

/** Throws when `jwksUrl` is neither https nor, where allowed, on the loopback. */
export function createWebhookVerifier(options: WebhookVerifierOptions): FalWebhookVerifier {
  assertTrusted(options.jwksUrl, options.allowLoopback)
  const keySet = createKeySet(options)

  /** The headers when they are complete and of now, else what is wrong. */
  function timely(headers: Headers): SignedHeaders | string {
    const read = readHeaders(headers)
    if (typeof read === 'string') return read
    const awayBy = Math.abs(options.clock.now() / 1000 - Number(read.timestamp))
    return awayBy > toleranceSeconds ? 'The timestamp is more than 300 s away from our clock.' : read
  }

  return {
    state: keySet.state,
    async warm() {
      await keySet.keys()
    },
    readHeaders(headers) {
      const read = timely(headers)
      return typeof read === 'string' ? { rejected: read } : { falUserId: read.userId }
    },
    async verify(headers, body): Promise<WebhookVerdict> {
      const read = timely(headers)
      if (typeof read === 'string') return { type: 'rejected', reason: read }
      const timestamp = Number(read.timestamp)
      const keys = await keySet.keys()
      if (keys === null) return { type: 'no_keys', reason: keySet.state().lastError ?? 'No key set yet.' }
      const message = signedMessage(read, body)
      const explained =
        (await anyVerifies(keys, message, read.signature)) ||
        (await anyVerifies((await keySet.keysAfterMiss()) ?? [], message, read.signature))
      if (!explained) return { type: 'rejected', reason: 'The signature does not match any current FAL key.' }
      return { type: 'verified', requestId: read.requestId, falUserId: read.userId, timestamp }
    },
  }
}

type Headers = Record<string, string | string[] | undefined>

function readHeaders(headers: Headers): SignedHeaders | string {
  const requestId = headers['x-fal-webhook-request-id']
  const userId = headers['x-fal-webhook-user-id']
  const timestamp = headers['x-fal-webhook-timestamp']
  const signature = headers['x-fal-webhook-signature']
  if (typeof requestId !== 'string' || requestId === '') return 'The request id header is missing.'
  if (typeof userId !== 'string' || userId === '') return 'The user id header is missing.'
  if (typeof timestamp !== 'string' || !/^\d{1,15}$/.test(timestamp))
    return 'The timestamp is not a number of seconds.'
  if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/i.test(signature)) {
    return 'The signature is not 64 bytes in hex.'
  }
  // A line feed would make the signed message ambiguous.
  if (/[\r\n]/.test(requestId + userId)) return 'A header holds a line break.'
  return { requestId, userId, timestamp, signature: Buffer.from(signature, 'hex') }
}

function signedMessage({ requestId, userId, timestamp }: SignedHeaders, body: Buffer): Buffer {
  // Node decodes header bytes as latin1; encoding them the same way restores the bytes that FAL signed.
  return Buffer.from(`${requestId}\n${userId}\n${timestamp}\n${hash('sha256', body, 'hex')}`, 'latin1')
}

async function anyVerifies(keys: readonly KeyObject[], message: Buffer, signature: Buffer): Promise<boolean> {
  for (const key of keys) if (await verifies(key, message, signature)) return true
  return false
}

/** The callback form runs on the thread pool. An OpenSSL error (a malformed signature) counts as invalid. */
function verifies(key: KeyObject, message: Buffer, signature: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    verify(null, message, key, signature, (error, valid) => resolve(error === null && valid))
  })
}

function assertTrusted(jwksUrl: string, allowLoopback: boolean): void {
  const url = new URL(jwksUrl)
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url.protocol === 'https:' || (allowLoopback && local && url.protocol === 'http:')) return
  throw new Error(`The key set must be fetched over https, not from ${url.origin}.`)
}
