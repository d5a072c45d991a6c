/**
 * Fans job changes out to long polls, `Prefer: wait` and event streams in this process. A wake-up notification (from
 * any replica) or the safety poll marks a job; marked jobs are read in one query however many followers wait.
 * Invariant: followers learn of a change within milliseconds, and within seconds when its notification was lost.
 */
import { isFinal, type JobEvent } from '../../domain/job.ts'
import type { JobHead, JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Signals } from '../../ports/signals.ts'

export interface JobWatchDeps {
  store: Pick<JobStore, 'heads' | 'events'>
  signals: Pick<Signals, 'subscribe'>
  log: Pick<Logger, 'warn'>
  /** Interval of the safety poll, which covers lost notifications, in ms. */
  safetyPollMs?: number
}

export interface Follower {
  /** Called once soon after following, then after every change, with the job's current head. */
  onHead(head: JobHead): void
  /** No further calls follow: the process stops, or the job is gone. */
  onEnd(): void
  /** A user may be watching its progress: see live-progress.ts. */
  live?: boolean
}

export interface JobWatch {
  /** Returns the function that unfollows. */
  follow(jobId: string, follower: Follower): () => void
  /** Events above `afterSeq`, oldest first, one page; concurrent requests for the same page share one read. */
  events(jobId: string, afterSeq: number): Promise<JobEvent[]>
  /** Resolves when the job is final, the timeout passes, the signal aborts or the process stops. Never rejects. */
  untilFinal(jobId: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<void>
  /** Latest heads of the jobs that have a live follower. */
  liveHeads(): JobHead[]
  /** Ends every wait and stream. */
  close(): void
}

interface Watched {
  followers: Set<Follower>
  head: JobHead | null
}

const topic = 'job'
const batch = 500
const eventPage = 100

export function createJobWatch(deps: JobWatchDeps): JobWatch {
  const { store } = deps
  const watched = new Map<string, Watched>()
  const reader = createHeadReader(deps, (id, head) => notify(watched, id, head))
  let closed = false

  const markAll = () => reader.mark(watched.keys())
  const unsubscribe = deps.signals.subscribe(topic, (jobId) => {
    if (jobId === null) markAll()
    else if (watched.has(jobId)) reader.mark([jobId])
  })
  const safety = setInterval(markAll, deps.safetyPollMs ?? 5_000)
  safety.unref()

  function follow(jobId: string, follower: Follower): () => void {
    if (closed) {
      queueMicrotask(() => follower.onEnd())
      return () => undefined
    }
    const entry = watched.get(jobId) ?? { followers: new Set<Follower>(), head: null }
    watched.set(jobId, entry)
    entry.followers.add(follower)
    reader.mark([jobId])
    return () => {
      entry.followers.delete(follower)
      if (entry.followers.size > 0 || watched.get(jobId) !== entry) return
      watched.delete(jobId)
      reader.unmark(jobId)
    }
  }

  return {
    follow,
    events: sharedEventReads(store),
    untilFinal: (jobId, options) => untilFinal(follow, jobId, options),

    liveHeads() {
      return [...watched.values()].flatMap(({ head, followers }) =>
        head !== null && [...followers].some((follower) => follower.live === true) ? [head] : [],
      )
    },

    close() {
      if (closed) return
      closed = true
      clearInterval(safety)
      unsubscribe()
      reader.close()
      const all = [...watched.values()].flatMap(({ followers }) => [...followers])
      watched.clear()
      for (const follower of all) follower.onEnd()
    },
  }
}

function notify(watched: Map<string, Watched>, id: string, head: JobHead | null): void {
  const entry = watched.get(id)
  if (entry === undefined) return
  if (head === null) {
    watched.delete(id)
    for (const follower of entry.followers) follower.onEnd()
    return
  }
  entry.head = head
  for (const follower of entry.followers) follower.onHead(head)
}

/** Reads the heads of marked jobs, one query at a time; null for a job that is gone. */
function createHeadReader(
  { store, log }: JobWatchDeps,
  onHead: (id: string, head: JobHead | null) => void,
): { mark(ids: Iterable<string>): void; unmark(id: string): void; close(): void } {
  const marked = new Set<string>()
  let reading = false
  let scheduled = false
  let closed = false

  /** Coalesce all notifications of this event-loop turn into one read. */
  function schedule(): void {
    if (scheduled || reading || marked.size === 0 || closed) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      void read()
    })
  }

  async function read(): Promise<void> {
    reading = true
    const ids = [...marked].slice(0, batch)
    for (const id of ids) marked.delete(id)
    try {
      const heads = new Map((await store.heads(ids)).map((head) => [head.id, head]))
      for (const id of ids) onHead(id, heads.get(id) ?? null)
    } catch (error) {
      // The safety poll marks them again, so that a short database outage ends no stream.
      log.warn({ err: error, jobs: ids.length }, 'heads of awaited jobs could not be read; will retry')
    } finally {
      reading = false
      schedule()
    }
  }

  return {
    mark(ids) {
      for (const id of ids) marked.add(id)
      schedule()
    },
    unmark: (id) => void marked.delete(id),
    close() {
      closed = true
    },
  }
}

/** Concurrent requests for the same page share one read. */
function sharedEventReads(store: JobWatchDeps['store']): JobWatch['events'] {
  const reading = new Map<string, Promise<JobEvent[]>>()
  return (jobId, afterSeq) => {
    const name = `${jobId} ${afterSeq}`
    const shared = reading.get(name)
    if (shared !== undefined) return shared
    const read = store.events(jobId, { limit: eventPage, afterSeq }).finally(() => reading.delete(name))
    reading.set(name, read)
    return read
  }
}

function untilFinal(
  follow: JobWatch['follow'],
  jobId: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  return new Promise((resolve) => {
    let unfollow = () => {}
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      unfollow()
      resolve()
    }
    const timer = setTimeout(done, timeoutMs)
    if (signal?.aborted === true) return done()
    signal?.addEventListener('abort', done, { once: true })
    unfollow = follow(jobId, {
      onHead: (head) => {
        if (isFinal(head.status)) done()
      },
      onEnd: done,
    })
  })
}
