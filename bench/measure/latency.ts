/** From FAL's completion to whoever waits: by SSE, `?wait` and callback, against the official client's `subscribe`; and from create to submitted at FAL. */
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFalClient } from '@fal-ai/client'
import { Agent, request } from 'undici'
import { quantile } from '../load/load.ts'
import { apiKey, type Setting } from '../servers/setting.ts'
import type { AtFal } from '../servers/simulated-fal.ts'

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
const clientPatienceMs = 60_000

/** Milliseconds, sorted. */
export interface Latencies {
  known: number[]
  submitted: number[]
}

/** What one client saw, by its prompt: when it asked, and when it knew. Epoch milliseconds. */
interface Seen {
  prompt: string
  asked: number
  knew: number
}

type Way = (prompt: string) => Promise<Seen>

const now = (): number => performance.timeOrigin + performance.now()
const agent = new Agent({ connections: null, pipelining: 1 })

export interface LatencyOptions {
  perSecond: number
  jobs: number
}

/** Starts the service and measures the three ways one after the other. */
export async function benchLatency(
  setting: Setting,
  options: LatencyOptions,
): Promise<Record<'sse' | 'wait' | 'callback', Latencies>> {
  const ours = await setting.service()
  // Unmeasured: what is still being compiled.
  await spread(setting, { perSecond: 20, jobs: 100 }, bySse(ours.url))
  const sse = await spread(setting, options, bySse(ours.url))
  const wait = await spread(setting, options, byWait(ours.url))
  const receiver = await startReceiver()
  const callback = await spread(setting, options, byCallback(ours.url, receiver))
  receiver.close()
  await ours.stop()
  return { sse, wait, callback }
}

/** The SSE way alone. */
export async function latencyBySse(setting: Setting, url: string, options: LatencyOptions) {
  return spread(setting, options, bySse(url))
}

export async function benchSubscribe(setting: Setting, options: LatencyOptions): Promise<number[]> {
  return (await spread(setting, options, bySubscribe(setting.simulator.url))).known
}

let label = 0

/** Clients begin evenly; their requests take between 0.3 and 1.3 seconds at FAL, told by the prompt. */
async function spread(setting: Setting, { perSecond, jobs }: LatencyOptions, way: Way): Promise<Latencies> {
  const group = `latency ${process.pid} ${++label}`
  const running: Promise<Seen>[] = []
  const begun = performance.now()
  for (let n = 0; n < jobs; n++) {
    // By the clock, so that what beginning costs does not slow the beginnings.
    const due = begun + (n * 1000) / perSecond - performance.now()
    if (due > 0) await sleep(due)
    running.push(way(`${group} ${n} [fault:slow=${(0.3 + Math.random()).toFixed(3)}]`))
  }
  const seen = await Promise.all(running)
  const requests = await setting.simulator.admin.requests(`${group} `)
  const sorted = (of: (one: Seen, at: AtFal) => number) =>
    seen
      .map((one) => {
        const request = requests.get(one.prompt)
        if (request === undefined) throw new Error(`FAL never had "${one.prompt}"`)
        return of(one, request)
      })
      .sort((a, b) => a - b)
  return {
    known: sorted((one, { endedAt }) => one.knew - endedAt),
    submitted: sorted((one, { sentAt }) => sentAt - one.asked),
  }
}

async function create(
  url: string,
  prompt: string,
  more: object = {},
): Promise<{ id: string; asked: number }> {
  const asked = now()
  const { statusCode, body } = await request(`${url}/api/jobs`, {
    dispatcher: agent,
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'flux-schnell', prompt, ...more }),
  })
  if (statusCode !== 202) throw new Error(`create answered ${statusCode}: ${await body.text()}`)
  const { id } = (await body.json()) as { id: string }
  return { id, asked }
}

const bySse =
  (url: string): Way =>
  async (prompt) => {
    const { id, asked } = await create(url, prompt)
    const { body } = await request(`${url}/api/jobs/${id}/events`, {
      dispatcher: agent,
      headers: { ...headers, accept: 'text/event-stream' },
      signal: AbortSignal.timeout(clientPatienceMs),
    })
    let text = ''
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString()
      if (text.includes('event: job.completed')) return { prompt, asked, knew: now() }
    }
    throw new Error('the stream ended without completion')
  }

const byWait =
  (url: string): Way =>
  async (prompt) => {
    const { id, asked } = await create(url, prompt)
    const { body } = await request(`${url}/api/jobs/${id}?wait=60`, { dispatcher: agent, headers })
    const { status } = (await body.json()) as { status: string }
    if (status !== 'completed') throw new Error(`the job is ${status}`)
    return { prompt, asked, knew: now() }
  }

interface Receiver {
  url: string
  /** Resolves to when the callback of this job came. */
  of(jobId: string): Promise<number>
  close(): void
}

const byCallback =
  (url: string, receiver: Receiver): Way =>
  async (prompt) => {
    const wanted = { callbackUrl: receiver.url, callbackEvents: ['job.completed'] }
    const { id, asked } = await create(url, prompt, wanted)
    return { prompt, asked, knew: await receiver.of(id) }
  }

async function startReceiver(): Promise<Receiver> {
  const came = new Map<string, PromiseWithResolvers<number>>()
  const of = (jobId: string) => {
    const entry = came.get(jobId) ?? Promise.withResolvers<number>()
    came.set(jobId, entry)
    return entry
  }
  const server = createServer((incoming, response) => {
    const at = now()
    let text = ''
    incoming.on('data', (chunk) => {
      text += chunk
    })
    incoming.on('end', () => {
      response.writeHead(204).end()
      of((JSON.parse(text) as { data: { id: string } }).data.id).resolve(at)
    })
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP server')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    of: (jobId) => of(jobId).promise,
    close: () => server.close(),
  }
}

const bySubscribe = (simulatorUrl: string): Way => {
  const client = createFalClient({
    credentials: 'bench-key:0123456789',
    requestMiddleware: async (asked) => ({
      ...asked,
      url: asked.url.replace('https://', `${simulatorUrl}/`),
    }),
  })
  return async (prompt) => {
    const asked = now()
    await client.subscribe('fal-ai/flux/schnell', { input: { prompt } })
    return { prompt, asked, knew: now() }
  }
}

export const p50 = (times: readonly number[]): number => quantile(times, 0.5)
export const p99 = (times: readonly number[]): number => quantile(times, 0.99)
