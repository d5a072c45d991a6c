/**
 * A job's history as Server-Sent Events: what is in the table first, then each event as it happens, then the end.
 * Promise: every event once and in order from the given position; a slow reader holds one page, never a queue.
 */
import type { ServerResponse } from 'node:http'
import type { JobEvent } from '../domain/job.ts'
import { isFinal } from '../domain/job.ts'
import type { JobWatch } from '../jobs/job-watch.ts'
import type { JobHead } from '../jobs/ports.ts'

/** A client that lost its stream comes back this soon, in ms. */
const retryMs = 1_000
/** Proxies and clients take a silent connection for dead. */
const heartbeatMs = 15_000
/** A reader that takes nothing for so many heartbeats is gone. */
const patienceBeats = 8

export interface StreamOptions {
  response: ServerResponse
  jobId: string
  /** Events above this `seq` are sent. */
  after: number
  /** Told once, when the stream is over. */
  onEnd?: (error?: unknown) => void
}

export interface EventStreams {
  open(options: StreamOptions): void
  /** Streams open now. */
  count(): number
  close(): void
}

/** Nothing follows: the job is final and its archive settled. Callbacks may still be under way; they have routes of their own. */
export const isOver = (head: Pick<JobHead, 'status' | 'archiveStatus'>): boolean =>
  isFinal(head.status) && head.archiveStatus !== 'pending'

export function createEventStreams(deps: {
  watch: Pick<JobWatch, 'follow' | 'events'>
  view: (event: JobEvent) => object
}): EventStreams {
  // One timer for all streams: ten thousand of them are ten thousand sockets, not ten thousand timers.
  const beats = new Set<() => void>()
  const heart = setInterval(() => {
    for (const beat of beats) beat()
  }, heartbeatMs)
  heart.unref()

  function open({ response, jobId, after, onEnd }: StreamOptions): void {
    let position = after
    let head: JobHead | null = null
    let pumping = false
    let ended = false
    let silentBeats = 0

    const end = (error?: unknown): void => {
      if (ended) return
      ended = true
      unfollow()
      beats.delete(beat)
      response.end()
      onEnd?.(error)
    }
    const beat = (): void => {
      if (!response.writableNeedDrain) {
        silentBeats = 0
        response.write(':\n\n')
      } else if (++silentBeats >= patienceBeats) {
        response.destroy()
      }
    }
    /** Sends what the table has above our position; goes on when the reader has taken it. */
    const pump = async (): Promise<void> => {
      if (pumping || ended) return
      pumping = true
      try {
        while (!ended && head !== null && head.eventSeq > position && !response.writableNeedDrain) {
          const events = await deps.watch.events(jobId, position)
          if (ended || events.length === 0) break
          position = events.at(-1)?.seq ?? position
          response.write(events.map((event) => frame(event, deps.view)).join(''))
        }
        if (head !== null && head.eventSeq <= position && isOver(head)) end()
      } catch (error) {
        // The client resumes where it was, here or on another replica.
        end(error)
      } finally {
        pumping = false
      }
    }

    if (response.destroyed) {
      onEnd?.()
      return
    }
    response.on('drain', () => void pump())
    response.on('close', () => end())
    response.write(`retry: ${retryMs}\n\n`)
    beats.add(beat)
    const unfollow = deps.watch.follow(jobId, {
      live: true,
      onHead: (seen) => {
        head = seen
        void pump()
      },
      onEnd: () => end(),
    })
  }

  return {
    open,
    count: () => beats.size,
    close: () => clearInterval(heart),
  }
}

/** JSON holds no line breaks, so an event is one `data:` line. */
function frame(event: JobEvent, view: (event: JobEvent) => object): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(view(event))}\n\n`
}
