/**
 * Hints between processes over LISTEN/NOTIFY from one connection of its own: sent after commits, coalesced, never in a
 * transaction (a NOTIFY inside one serializes commits database-wide). Local listeners are told at once.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../../../ports/logger.ts'
import type { Signals } from '../../../ports/signals.ts'
import { detectingSilence, keptAlive, silenceMs } from './liveness-client.ts'

const channel = 'fal_jobs'
const coalesceMs = 5
/** A database that does not answer keeps nobody from closing. */
const closeWithinMs = 1_000
/** NOTIFY carries at most 8000 bytes. */
const payloadBytes = 7_500

export interface PostgresSignals extends Signals {
  /** Connects and goes on reconnecting until closed; resolves when first listening. */
  start(): Promise<void>
  close(): Promise<void>
}

interface Message {
  /** Sender, so that a process ignores the echo of its own hints. */
  from: string
  hints: [topic: string, key: string][]
}

export function createSignals(options: { url: string; log: Pick<Logger, 'warn' | 'info'> }): PostgresSignals {
  const emitter = new EventEmitter().setMaxListeners(0)
  const self = `${process.pid}:${Math.random().toString(36).slice(2)}`
  const pending = new Map<string, [string, string]>()
  let client: pg.Client | null = null
  let flushTimer: NodeJS.Timeout | null = null
  let flushing: Promise<void> = Promise.resolve()
  let closed = false
  let retryMs = 250
  let retryTimer: NodeJS.Timeout | null = null

  const deliver = (topic: string, key: string | null) => emitter.emit(topic, key)

  async function connect(): Promise<void> {
    const next = new (detectingSilence(silenceMs))({
      connectionString: options.url,
      application_name: 'fal-jobs-signals',
      connectionTimeoutMillis: 5_000,
      ...keptAlive,
    })
    next.on('notification', ({ payload }) => {
      const message = read(payload)
      if (message === null || message.from === self) return
      for (const [topic, key] of message.hints) deliver(topic, key)
    })
    let lost = false
    const onLost = (error?: Error) => {
      if (lost) return
      lost = true
      if (client === next) client = null
      next.end().catch(() => undefined)
      if (closed) return
      options.log.warn({ err: error, retryMs }, 'signals connection lost: reconnecting')
      retryTimer = setTimeout(() => void connect().catch(onRetryFailed), retryMs)
      retryMs = Math.min(retryMs * 2, 10_000)
    }
    const onRetryFailed = (error: Error) => onLost(error)
    next.on('error', onLost)
    next.on('end', () => onLost())
    try {
      await next.connect()
      await next.query(`listen ${channel}`)
    } catch (error) {
      onLost(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
    if (closed) return void next.end().catch(() => undefined)
    client = next
    retryMs = 250
    // Hints sent while nobody listened are lost: everybody looks once.
    for (const topic of emitter.eventNames()) deliver(String(topic), null)
  }

  /** One after the other: a connection runs one query at a time. */
  function flush(): Promise<void> {
    flushTimer = null
    flushing = flushing.then(send)
    return flushing
  }

  async function send(): Promise<void> {
    const hints = [...pending.values()]
    pending.clear()
    // Lost or closed between two messages it refuses the next, which is told below.
    const own = client
    if (own === null) return
    for (const message of pack(self, hints)) {
      await own.query('select pg_notify($1, $2)', [channel, message]).catch((error: unknown) => {
        // Whoever waits looks now and then by itself; a lost hint delays, it does not lose.
        options.log.warn({ err: error }, 'a hint to the other processes was lost')
      })
    }
  }

  return {
    async start() {
      await connect()
    },
    publish(topic, key) {
      deliver(topic, key)
      pending.set(`${topic}\n${key}`, [topic, key])
      flushTimer ??= setTimeout(() => void flush(), coalesceMs)
    },
    subscribe(topic, listener) {
      emitter.on(topic, listener)
      return () => emitter.off(topic, listener)
    },
    async close() {
      closed = true
      if (retryTimer !== null) clearTimeout(retryTimer)
      if (flushTimer !== null) {
        clearTimeout(flushTimer)
        void flush()
      }
      const late = sleep(closeWithinMs, undefined, { ref: false })
      // What is on its way as well: who stops has just told the others what it puts back.
      await Promise.race([flushing, late])
      const last = client
      client = null
      await Promise.race([last?.end(), late])
    },
  }
}

/** null for what is not ours: anybody with a connection can send on a channel. */
function read(payload: string | undefined): Message | null {
  try {
    const message: unknown = JSON.parse(payload ?? '')
    return isMessage(message) ? message : null
  } catch {
    // Not JSON: not ours.
    return null
  }
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('from' in value) || !('hints' in value)) return false
  return Array.isArray(value.hints) && value.hints.every((hint) => Array.isArray(hint) && hint.length === 2)
}

/** As few messages as fit. */
function pack(from: string, hints: [string, string][]): string[] {
  const messages: string[] = []
  let current: [string, string][] = []
  let size = 0
  for (const hint of hints) {
    const bytes = Buffer.byteLength(JSON.stringify(hint)) + 1
    if (size + bytes > payloadBytes && current.length > 0) {
      messages.push(JSON.stringify({ from, hints: current } satisfies Message))
      current = []
      size = 0
    }
    current.push(hint)
    size += bytes
  }
  if (current.length > 0) messages.push(JSON.stringify({ from, hints: current } satisfies Message))
  return messages
}
