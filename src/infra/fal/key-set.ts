/**
 * FAL's public webhook keys: fetched on first need, kept at most a day, the last good set kept when a fetch fails.
 * Invariants: at most one request is in flight, and forgeries cause at most one per minute.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Dispatcher, getGlobalDispatcher } from 'undici'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { exchange } from '../outbound/exchange.ts'

export interface KeySetOptions {
  jwksUrl: string
  dispatcher?: Dispatcher
  clock: Clock
  log: Logger
}

/** For readiness and metrics. Times are epoch milliseconds. */
export interface KeySetState {
  keys: number
  fetchedAt: number | null
  attempts: number
  lastError: string | null
}

export interface KeySet {
  /** Keys to try, best effort fresh; null when none was ever fetched. */
  keys(): Promise<readonly KeyObject[] | null>
  /** After a signature that matches no key: refetched keys, or null when a refetch is not due or changed nothing. */
  keysAfterMiss(): Promise<readonly KeyObject[] | null>
  state(): KeySetState
}

const hour = 60 * 60_000
/** From this age on a fresh set is fetched in the background; after the maximum age callers wait for it. */
const refreshAfterMs = 12 * hour
const maxAgeMs = 24 * hour
const missIntervalMs = 60_000
/** While no key is known every delivery is refused, so fetches are retried more often. */
const emptyIntervalMs = 5_000
/** Two of them must fit into the 15 s that FAL waits for a webhook's answer. */
const fetchTimeoutMs = 5_000
const maxBytes = 256 * 1024
const maxKeys = 50

export function createKeySet({ jwksUrl, dispatcher, clock, log }: KeySetOptions): KeySet {
  let current: { keys: KeyObject[]; fetchedAt: number } | null = null
  let attemptedAt: number | null = null
  let missedAt: number | null = null
  let attempts = 0
  let lastError: string | null = null
  let underway: Promise<void> | null = null

  const elapsed = (since: number | null, ms: number): boolean =>
    since === null || clock.now() - since >= ms || clock.now() < since

  const refresh = (): Promise<void> => {
    underway ??= fetchOnce().finally(() => {
      underway = null
    })
    return underway
  }

  async function fetchOnce(): Promise<void> {
    attempts += 1
    attemptedAt = clock.now()
    const fetched = await fetchKeys(jwksUrl, dispatcher ?? getGlobalDispatcher())
    if ('keys' in fetched && (fetched.keys.length > 0 || current === null || current.keys.length === 0)) {
      current = { keys: fetched.keys, fetchedAt: clock.now() }
      lastError = fetched.keys.length === 0 ? 'The key set holds no usable key.' : null
    } else {
      lastError =
        'error' in fetched ? fetched.error : 'The new key set holds no usable key; the last one is kept.'
    }
    if (lastError !== null) log.warn({ jwksUrl, error: lastError }, 'fal webhook keys could not be renewed')
  }

  return {
    async keys() {
      const age = current === null ? Number.POSITIVE_INFINITY : clock.now() - current.fetchedAt
      const interval = current === null ? emptyIntervalMs : missIntervalMs
      const due = age >= refreshAfterMs && elapsed(attemptedAt, interval)
      if (due || (current === null && underway !== null)) {
        const renewed = refresh()
        if (age >= maxAgeMs) await renewed
      }
      return current === null ? null : current.keys
    },
    async keysAfterMiss() {
      const before = current
      if (underway === null) {
        if (!elapsed(missedAt, missIntervalMs)) return null
        missedAt = clock.now()
      }
      await refresh()
      return current === before || current === null ? null : current.keys
    },
    state: () => ({
      keys: current?.keys.length ?? 0,
      fetchedAt: current?.fetchedAt ?? null,
      attempts,
      lastError,
    }),
  }
}

async function fetchKeys(
  jwksUrl: string,
  dispatcher: Dispatcher,
): Promise<{ keys: KeyObject[] } | { error: string }> {
  const answer = await exchange({
    dispatcher,
    method: 'GET',
    url: jwksUrl,
    headers: { accept: 'application/json' },
    timeoutMs: fetchTimeoutMs,
    maxBytes,
  })
  if (answer.type === 'trouble') return { error: `The key set could not be fetched (${answer.code}).` }
  if (answer.httpStatus !== 200) return { error: `The key set was answered with ${answer.httpStatus}.` }
  let body: unknown
  try {
    body = JSON.parse(answer.text)
  } catch {
    return { error: 'The key set is not JSON.' }
  }
  if (!isRecord(body) || !Array.isArray(body.keys)) return { error: 'The key set has no list of keys.' }
  return { keys: body.keys.slice(0, maxKeys).flatMap(toKeyObject) }
}

/** Skips keys of other kinds and broken ones. */
function toKeyObject(jwk: unknown): KeyObject[] {
  if (!isRecord(jwk) || jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || typeof jwk.x !== 'string') return []
  try {
    return [createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, format: 'jwk' })]
  } catch {
    // Not a 32-byte key: skipped.
    return []
  }
}
