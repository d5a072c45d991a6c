/** From FAL's completion to whoever waits: SSE and `?wait` of ours, against the official client's `subscribe`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createFalClient } from '@fal-ai/client'
import { quantile } from './load.ts'
import { apiKey, type Setting } from './setting.ts'

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
const body = (n: number) => JSON.stringify({ model: 'flux-schnell', prompt: `latency ${n} ${Math.random()}` })

/** Completes a request some time after it was accepted, and tells when. */
async function completeSoon(setting: Setting, requestId: string): Promise<number> {
  await sleep(200 + Math.random() * 600)
  const at = performance.now()
  setting.simulator.admin.complete(requestId)
  return at
}

export async function benchLatency(setting: Setting, perSecond: number, jobs: number): Promise<string[]> {
  const ours = await setting.service()
  const stream = await spread(perSecond, jobs, (n) => bySse(setting, ours.url, n))
  const wait = await spread(perSecond, jobs, (n) => byWait(setting, ours.url, n))
  const subscribe = await spread(perSecond, Math.min(jobs, 60), (n) => bySubscribe(setting, n))
  await ours.stop()
  const base = quantile(subscribe, 0.5)
  const row = (name: string, times: number[]) =>
    `| ${name}, ${perSecond} jobs/s | ${quantile(times, 0.5).toFixed(1)} ms | ${quantile(times, 0.99).toFixed(1)} ms | ${(base / quantile(times, 0.5)).toFixed(1)} |`
  return [
    row('completion known by SSE', stream),
    row('completion known by ?wait', wait),
    row("the official client's subscribe", subscribe),
  ]
}

/** Runs begin evenly; the times come back sorted. */
async function spread(
  perSecond: number,
  count: number,
  run: (n: number) => Promise<number>,
): Promise<number[]> {
  const running: Promise<number>[] = []
  for (let n = 0; n < count; n++) {
    running.push(run(n))
    await sleep(1000 / perSecond)
  }
  return (await Promise.all(running)).sort((a, b) => a - b)
}

async function accepted(url: string, n: number): Promise<{ id: string; requestId: string }> {
  const created = await fetch(`${url}/api/jobs`, { method: 'POST', headers, body: body(n) })
  if (created.status !== 202) throw new Error(`create answered ${created.status}: ${await created.text()}`)
  const { id } = (await created.json()) as { id: string }
  for (;;) {
    const job = (await (await fetch(`${url}/api/jobs/${id}`, { headers })).json()) as {
      fal: { requestId: string | null }
    }
    if (job.fal.requestId !== null) return { id, requestId: job.fal.requestId }
    await sleep(10)
  }
}

async function bySse(setting: Setting, url: string, n: number): Promise<number> {
  const { id, requestId } = await accepted(url, n)
  const response = await fetch(`${url}/api/jobs/${id}/events`, {
    headers: { ...headers, accept: 'text/event-stream' },
  })
  const completing = completeSoon(setting, requestId)
  let seen = ''
  for await (const chunk of response.body ?? []) {
    seen += Buffer.from(chunk).toString()
    if (!seen.includes('event: job.completed')) continue
    return performance.now() - (await completing)
  }
  throw new Error('the stream ended without completion')
}

async function byWait(setting: Setting, url: string, n: number): Promise<number> {
  const { id, requestId } = await accepted(url, n)
  const waiting = fetch(`${url}/api/jobs/${id}?wait=30`, { headers }).then((answer) => answer.json())
  const completing = completeSoon(setting, requestId)
  await waiting
  return performance.now() - (await completing)
}

async function bySubscribe(setting: Setting, n: number): Promise<number> {
  const client = createFalClient({
    credentials: 'bench-key:0123456789',
    requestMiddleware: async (request) => ({
      ...request,
      url: request.url.replace('https://', `${setting.simulator.url}/`),
    }),
  })
  let completing: Promise<number> | undefined
  await client.subscribe('fal-ai/flux/schnell', {
    input: { prompt: `latency ${n} ${Math.random()}` },
    onEnqueue: (requestId) => {
      completing = completeSoon(setting, requestId)
    },
  })
  const known = performance.now()
  return known - ((await completing) ?? known)
}
