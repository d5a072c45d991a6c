/** Creates one job through the HTTP API and shows its history line by line until it is final and its files are archived. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFinal } from '../../domain/job.ts'
import type { JobView } from '../../jobs/read/job-view.ts'
import type { Screen } from './screen.ts'

export interface Api {
  /** Base URL of the service. */
  url: string
  apiKey: string
}

/** An event as the API shows it. */
export interface ShownEvent {
  seq: number
  type: string
  source: string
  createdAt: string
  data: Record<string, unknown>
}

const pollEveryMs = 150
/** Webhooks announce the end; progress in between is only seen by asking FAL. */
const askFalEvery = 4

/** Resolves with the settled job. Rejects when it did not complete with every file archived, or on `signal`. */
export async function followJob(
  api: Api,
  name: string,
  body: Record<string, unknown>,
  screen: Screen,
  signal: AbortSignal,
): Promise<JobView> {
  const call = caller(api, signal)
  const created = (await call('POST', '/api/jobs', body)) as JobView
  let shown = 0
  for (let round = 1; ; round++) {
    const path = `/api/jobs/${created.id}`
    // The job is read before its events, so that a settled job has all of them in the list.
    const job = (await (round % askFalEvery === 0
      ? call('POST', `${path}/poll`)
      : call('GET', path))) as JobView
    const events = ((await call('GET', `${path}/events?limit=100`)) as { data: ShownEvent[] }).data
    for (const event of events.filter(({ seq }) => seq > shown)) {
      shown = event.seq
      screen.step(name, seconds(created.createdAt, event.createdAt), event.type, reportedBy(event))
    }
    screen.progress(
      name,
      `${job.status}${job.archive.status === 'archived' ? ', archived' : ''}`,
      job.progress,
    )
    if (isSettled(job)) return succeeded(name, job)
    await sleep(pollEveryMs, undefined, { signal })
  }
}

/** Calls the API with JSON; "not just now" (429, 503) is asked again, as every client of it should. */
function caller({ url, apiKey }: Api, signal: AbortSignal) {
  return async (method: string, path: string, body?: unknown): Promise<unknown> => {
    // The same key on every try: a create whose answer was lost is not paid twice.
    const idempotencyKey = randomUUID()
    for (;;) {
      const response = await fetch(new URL(path, url), {
        method,
        signal,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (response.ok) return response.json()
      const text = await response.text()
      if (![429, 503].includes(response.status)) {
        throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
      }
      const seconds = Number(response.headers.get('retry-after') ?? 1)
      await sleep(Math.min(Math.max(seconds, 0.2), 5) * 1000, undefined, { signal })
    }
  }
}

function reportedBy({ type, source, data }: ShownEvent): string {
  if (type === 'job.progress' && typeof data.progress === 'number') {
    return `${Math.round(data.progress * 100)} %, learned by ${source}`
  }
  return `learned by ${source}`
}

function isSettled(job: JobView): boolean {
  return isFinal(job.status) && job.archive.status !== 'pending'
}

function succeeded(name: string, job: JobView): JobView {
  if (job.status === 'completed' && job.archive.status === 'archived') return job
  const reason = job.error?.message ?? job.archive.lastError ?? `archive ${job.archive.status}`
  throw new Error(`the ${name} job ${job.id} ended ${job.status}: ${reason}`)
}

const seconds = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from)) / 1000
