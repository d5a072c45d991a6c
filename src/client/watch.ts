/**
 * A job's history as it happens, over Server-Sent Events. Promise: every event once and in order, whatever happens to the
 * connection or the process behind it; ends after the last event.
 */
import { createParser } from 'eventsource-parser'
import type { components } from './data/api-types.ts'
import { errorOf, FalJobsError } from './errors.ts'
import { delayMs, pause, type Send } from './retry.ts'

export type JobEvent = components['schemas']['JobEvent']

export interface WatchOptions {
  /** Only events above this `seq`: where an earlier watch stopped. */
  after?: number
  signal?: AbortSignal
  /** How long the service may be out of reach before the watch gives up, in ms; default 5 minutes. */
  offlineMs?: number
}

/** The service sends a heartbeat every 15 s: a stream that is silent for this long is dead. */
const silenceMs = 45_000
const usualOfflineMs = 300_000

/** `url` is that of the job's events. */
export async function* watchEvents(
  send: Send,
  url: string,
  { after = 0, signal = new AbortController().signal, offlineMs = usualOfflineMs }: WatchOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  let position = after
  let reachedAt = Date.now()
  let fruitless = 0
  for (;;) {
    try {
      const response = await send(requestOf(url, position, signal))
      reachedAt = Date.now()
      if (response.status === 204) return
      if (!response.ok || response.body === null) throw errorOf(response, await jsonOf(response))
      for await (const event of eventsIn(response.body)) {
        if (event.seq <= position) continue
        position = event.seq
        fruitless = 0
        reachedAt = Date.now()
        yield event
      }
    } catch (error) {
      signal.throwIfAborted()
      const isPassing = !(error instanceof FalJobsError) || error.retryable
      if (!isPassing || Date.now() - reachedAt > offlineMs) throw error
    }
    // The stream broke off, or it is over: the next answer shows which.
    if (fruitless > 0) await pause(delayMs(fruitless), signal)
    fruitless += 1
  }
}

function requestOf(url: string, position: number, signal: AbortSignal): Request {
  const headers = new Headers({ accept: 'text/event-stream' })
  if (position > 0) headers.set('last-event-id', String(position))
  return new Request(url, { headers, signal, cache: 'no-store' })
}

async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<JobEvent, void, undefined> {
  const arrived: JobEvent[] = []
  const parser = createParser({
    onEvent: ({ data }) => {
      const event: unknown = JSON.parse(data)
      if (isJobEvent(event)) arrived.push(event)
    },
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read())
      if (done) return
      parser.feed(decoder.decode(value, { stream: true }))
      for (let event = arrived.shift(); event !== undefined; event = arrived.shift()) yield event
    }
  } finally {
    // Also when the consumer leaves its loop; a broken stream has nothing left to cancel.
    await reader.cancel().catch(() => undefined)
  }
}

async function withinSilence<T>(read: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The stream fell silent.')), silenceMs)
  })
  try {
    return await Promise.race([read, silence])
  } finally {
    clearTimeout(timer)
  }
}

const isJobEvent = (value: unknown): value is JobEvent =>
  typeof value === 'object' && value !== null && 'seq' in value && typeof value.seq === 'number'

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    // A page of some proxy: only the status is meaningful.
    return undefined
  }
}
