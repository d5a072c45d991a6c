/**
 * A job's history as Server-Sent Events: stored events first, then live ones, then the end. Invariants: every event
 * once and in order from the given position; a slow reader holds one page, never a queue.
 */
import type { ServerResponse } from 'node:http'
import type { JobEvent } from '../../domain/job.ts'
import { isFinal } from '../../domain/job.ts'
import type { Follower, JobWatch } from '../../jobs/read/job-watch.ts'
import type { JobHead } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { IsLiveKey } from '../access/live-key-cache.ts'
import { type StreamWire, wireOf } from './stream-connection.ts'
import { tokenStreamsPerJob } from './token-stream-limit.ts'

/** Reconnection delay of clients, in ms. */
const retryMs = 1_000
/** Heartbeat interval: proxies and clients close silent connections. */
const heartbeatMs = 15_000
/** Heartbeats without progress after which a reader is disconnected. */
const mostSilentBeats = 8
/** Time that a reader has at a stop to receive pending bytes: its connection is detached from the HTTP server. */
const lastBytesMs = 3_000
/** Hysteresis: garbage collection is tightened above this number of streams and relaxed below the lower one. */
const crowd = { from: 500, below: 250 }
const opening = Buffer.from(`retry: ${retryMs}\n\n`)
const heartbeat = Buffer.from(':\n\n')

export interface StreamOptions {
  response: ServerResponse
  jobId: string
  /** Events above this `seq` are sent. */
  after: number
  /** For the log. */
  requestId: string
  /** Opened with a job token. */
  isTokenHolder: boolean
  /** The key that opened it, or that made the token: the stream ends once it is revoked. */
  keyId: string
}

export interface EventStreams {
  open(options: StreamOptions): void
  /** Whether a job has all the streams that its token may open. */
  isFullForTokens(jobId: string): boolean
  /** Streams open now. */
  count(): number
  /** After the watch has ended the streams: disconnects readers that do not receive the last bytes soon. */
  close(): void
}

/**
 * No event follows: the job is final and its archive settled. Callbacks may still be pending; they have routes of
 * their own.
 */
export const isOver = (head: Pick<JobHead, 'status' | 'archiveStatus'>): boolean =>
  isFinal(head.status) && head.archiveStatus !== 'pending'

export interface EventStreamDeps {
  watch: Pick<JobWatch, 'follow' | 'events'>
  view: (event: JobEvent) => object
  isLiveKey: IsLiveKey
  /** Calls the listener when keys may have been revoked. */
  onKeysChanged: (listener: () => void) => () => void
  log: Pick<Logger, 'warn'>
  /** Called when the process begins to hold many streams, and when it no longer does. */
  crowded: (is: boolean) => void
}

export function createEventStreams(deps: EventStreamDeps): EventStreams {
  const { watch, view, isLiveKey, log, crowded } = deps
  const open = new Set<EventStream>()
  const tokenStreams = new Map<string, number>()
  let isCrowded = false
  const reportCrowd = (is: boolean): void => {
    if (is === isCrowded) return
    isCrowded = is
    crowded(is)
  }
  const ending = new Set<StreamWire>()
  const shared: Shared = { watch, isLiveKey, log, open, ending, tokenStreams, frames: makeFrames(view) }
  // One timer for all streams: ten thousand of them are ten thousand sockets, not ten thousand timers.
  const heart = setInterval(() => {
    for (const stream of open) stream.beat()
    // Keep it after the last stream has closed: clients that lost their streams together reconnect together.
    if (open.size < crowd.below) reportCrowd(false)
  }, heartbeatMs)
  heart.unref()
  const unsubscribe = deps.onKeysChanged(() => void endRevoked(shared))

  return {
    open(options) {
      if (options.response.destroyed) return
      const stream = new EventStream(options, shared)
      open.add(stream)
      if (open.size >= crowd.from) reportCrowd(true)
      stream.begin()
    },
    isFullForTokens: (jobId) => (tokenStreams.get(jobId) ?? 0) >= tokenStreamsPerJob,
    count: () => open.size,
    close() {
      clearInterval(heart)
      unsubscribe()
      setTimeout(() => {
        for (const wire of ending) wire.destroy()
      }, lastBytesMs).unref()
    },
  }
}

/** A stream of a revoked key is closed at once, also while nothing happens to its job. */
async function endRevoked({ open, isLiveKey, log }: Shared): Promise<void> {
  const byKey = Map.groupBy(open, (stream) => stream.keyId)
  for (const [keyId, streams] of byKey) {
    try {
      if (!(await isLiveKey(keyId))) for (const stream of streams) stream.onEnd()
    } catch (error) {
      log.warn({ err: error, keyId }, 'the key of open streams could not be checked')
    }
  }
}

interface Shared extends Pick<EventStreamDeps, 'watch' | 'isLiveKey' | 'log'> {
  open: Set<EventStream>
  /** Ended, with bytes that the reader has yet to take. */
  ending: Set<StreamWire>
  /** By job: how many are open by token. */
  tokenStreams: Map<string, number>
  frames: Frames
}

/** One reader. A class that is its own follower, because every object and closure here exists ten thousand times. */
class EventStream implements Follower {
  readonly live = true
  readonly #shared: Shared
  readonly #wire: StreamWire
  readonly #jobId: string
  readonly #requestId: string
  readonly #isTokenHolder: boolean
  readonly keyId: string
  #position: number
  #head: JobHead | null = null
  #isPumping = false
  #hasEnded = false
  #silentBeats = 0
  #unfollow = nothing

  constructor({ response, jobId, after, requestId, isTokenHolder, keyId }: StreamOptions, shared: Shared) {
    this.#shared = shared
    this.#wire = wireOf(response)
    this.#jobId = jobId
    this.#requestId = requestId
    this.#isTokenHolder = isTokenHolder
    this.keyId = keyId
    this.#position = after
  }

  begin(): void {
    if (this.#isTokenHolder) this.#countTokenStream(1)
    this.#wire.on('drain', () => void this.#pump())
    this.#wire.on('close', () => {
      this.#end()
      this.#shared.ending.delete(this.#wire)
    })
    this.#wire.send(opening)
    this.#unfollow = this.#shared.watch.follow(this.#jobId, this)
  }

  beat(): void {
    if (!this.#wire.isFull()) {
      this.#silentBeats = 0
      this.#wire.send(heartbeat)
    } else if (++this.#silentBeats >= mostSilentBeats) {
      this.#wire.destroy()
    }
  }

  onHead(head: JobHead): void {
    this.#head = head
    void this.#pump()
  }

  onEnd(): void {
    this.#end()
  }

  /** Sends stored events above the position; continues when the reader has received them. */
  async #pump(): Promise<void> {
    if (this.#isPumping || this.#hasEnded) return
    this.#isPumping = true
    const { watch, isLiveKey, frames, log } = this.#shared
    try {
      while (this.#isBehind() && !this.#wire.isFull()) {
        const events = await watch.events(this.#jobId, this.#position)
        if (!(await isLiveKey(this.keyId))) return this.#end()
        if (this.#hasEnded) return
        const last = events.at(-1)
        if (last === undefined) {
          // Histories are pruned: do not wait for missing events.
          if (this.#head !== null && isOver(this.#head)) this.#end()
          return
        }
        this.#position = last.seq
        this.#wire.send(frames(events))
      }
      if (this.#head !== null && !this.#isBehind() && isOver(this.#head)) this.#end()
    } catch (error) {
      // The client resumes at its position, here or on another replica.
      const about = { jobId: this.#jobId, requestId: this.#requestId }
      log.warn({ err: error, ...about }, 'event stream failed')
      this.#end()
    } finally {
      this.#isPumping = false
    }
  }

  #isBehind(): boolean {
    return !this.#hasEnded && this.#head !== null && this.#head.eventSeq > this.#position
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#unfollow()
    this.#shared.open.delete(this)
    if (this.#isTokenHolder) this.#countTokenStream(-1)
    this.#shared.ending.add(this.#wire)
    this.#wire.end()
  }

  #countTokenStream(change: 1 | -1): void {
    const { tokenStreams } = this.#shared
    const count = (tokenStreams.get(this.#jobId) ?? 0) + change
    if (count > 0) tokenStreams.set(this.#jobId, count)
    else tokenStreams.delete(this.#jobId)
  }
}

const nothing = (): void => undefined

type Frames = (events: JobEvent[]) => Buffer

/** Fan-out: streams that share a page also share its serialized bytes. */
function makeFrames(view: (event: JobEvent) => object): Frames {
  const known = new WeakMap<JobEvent[], Buffer>()
  return function frames(events) {
    const bytes = known.get(events) ?? Buffer.from(events.map((event) => frame(event, view)).join(''))
    known.set(events, bytes)
    return bytes
  }
}

/** JSON holds no line breaks, so an event is one `data:` line. */
function frame(event: JobEvent, view: (event: JobEvent) => object): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(view(event))}\n\n`
}
