/**
 * Wake-up notifications between processes over LISTEN/NOTIFY on a dedicated connection: sent after commits,
 * coalesced, never inside a transaction (where NOTIFY serializes commits database-wide). Local listeners are called
 * at once.
 */
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../../../ports/logger.ts'
import type { Signals } from '../../../ports/signals.ts'
import { detectingSilence, keptAlive, silenceMs } from './liveness-client.ts'
import { engineTimeouts, withSession } from './session-settings.ts'

const channel = 'fal_jobs'
const coalesceMs = 5
/** Maximum time that closing waits for the database. */
const closeWithinMs = 1_000
const firstRetryMs = 250
const longestRetryMs = 10_000
/** NOTIFY carries at most 8000 bytes. */
const payloadBytes = 7_500

export interface PostgresSignals extends Signals {
  /** Connects, and reconnects until closed; resolves when it first listens. */
  start(): Promise<void>
  close(): Promise<void>
}

interface Message {
  /** The sender, so that a process ignores its own notifications. */
  from: string
  hints: [topic: string, key: string][]
}

export interface SignalsOptions {
  url: string
  log: Pick<Logger, 'warn' | 'info'>
}

export function createSignals(options: SignalsOptions): PostgresSignals {
  const emitter = new EventEmitter().setMaxListeners(0)
  const self = `${process.pid}:${randomBytes(6).toString('hex')}`
  const pending = new Map<string, [string, string]>()
  let flushTimer: NodeJS.Timeout | null = null
  let flushing: Promise<void> = Promise.resolve()

  const deliver = (topic: string, key: string | null) => emitter.emit(topic, key)
  const listener = createListener(options, {
    onMessage(payload) {
      const message = read(payload)
      if (message === null || message.from === self) return
      for (const [topic, key] of message.hints) deliver(topic, key)
    },
    // Notifications sent meanwhile are lost: every subscriber checks once.
    onConnected() {
      for (const topic of emitter.eventNames()) deliver(String(topic), null)
    },
  })

  /** Serialized: a connection runs one query at a time. */
  function flush(): Promise<void> {
    flushTimer = null
    flushing = flushing.then(send)
    return flushing
  }

  async function send(): Promise<void> {
    const hints = [...pending.values()]
    pending.clear()
    // A connection lost between two messages rejects the next, which is logged below.
    const own = listener.client()
    if (own === null) return
    for (const message of pack(self, hints)) {
      await own.query('select pg_notify($1, $2)', [channel, message]).catch((error: unknown) => {
        // Every waiter also polls, so a lost notification only delays it.
        options.log.warn({ err: error }, 'wake-up notification to the other processes lost')
      })
    }
  }

  return {
    start: () => listener.connect(),
    publish(topic, key) {
      deliver(topic, key)
      pending.set(`${topic}\n${key}`, [topic, key])
      flushTimer ??= setTimeout(() => void flush(), coalesceMs)
    },
    subscribe(topic, subscriber) {
      emitter.on(topic, subscriber)
      return () => emitter.off(topic, subscriber)
    },
    async close() {
      listener.stopReconnecting()
      if (flushTimer !== null) {
        clearTimeout(flushTimer)
        void flush()
      }
      const late = sleep(closeWithinMs, undefined, { ref: false })
      // Flush pending notifications: a stopping process has just announced the tasks that it released.
      await Promise.race([flushing, late])
      await Promise.race([listener.end(), late])
    },
  }
}

interface ListenerEvents {
  onMessage(payload: string | undefined): void
  /** It listens, for the first time or again. */
  onConnected(): void
}

/** The connection that listens: a lost one is replaced, with growing pauses, until it is stopped. */
function createListener({ url, log }: SignalsOptions, events: ListenerEvents) {
  let client: pg.Client | null = null
  let closed = false
  let retryMs = firstRetryMs
  let retryTimer: NodeJS.Timeout | null = null

  async function connect(): Promise<void> {
    const next = new (detectingSilence(silenceMs, withSession(engineTimeouts)))({
      connectionString: url,
      application_name: 'fal-jobs-signals',
      connectionTimeoutMillis: 5_000,
      ...keptAlive,
    })
    next.on('notification', ({ payload }) => events.onMessage(payload))
    let lost = false
    const onLost = (error?: Error) => {
      if (lost) return
      lost = true
      if (client === next) client = null
      next.end().catch(() => undefined)
      if (closed) return
      log.warn({ err: error, retryMs }, 'signals connection lost: reconnecting')
      retryTimer = setTimeout(() => void connect().catch(onRetryFailed), retryMs)
      retryMs = Math.min(retryMs * 2, longestRetryMs)
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
    retryMs = firstRetryMs
    events.onConnected()
  }

  return {
    connect,
    /** null while there is none. */
    client: () => client,
    stopReconnecting() {
      closed = true
      if (retryTimer !== null) clearTimeout(retryTimer)
    },
    async end(): Promise<void> {
      const last = client
      client = null
      await last?.end()
    },
  }
}

/** null for foreign messages: any connection can notify on a channel. */
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
