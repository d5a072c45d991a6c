/** The load generator as a process of its own, for load beside other load: gets its order by message, tells when it flows and how it went. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type LoadResult, load, type PlainRequest } from './load.ts'

export interface LoadOrder {
  url: string
  connections: number
  seconds: number
  expect: number
  /** Sent over and over, in turn. */
  requests: PlainRequest[]
}

/** Starts the load elsewhere; resolves when it flows. `ended` resolves when its time is over. */
export async function loadElsewhere(order: LoadOrder): Promise<{ ended: Promise<LoadResult> }> {
  const child = fork(fileURLToPath(import.meta.url), { serialization: 'advanced' })
  child.send(order)
  await messageOf(child)
  return { ended: messageOf(child) as Promise<LoadResult> }
}

async function messageOf(child: ReturnType<typeof fork>): Promise<unknown> {
  const over = new AbortController()
  const exited = once(child, 'exit', { signal: over.signal }).then(([code]) => {
    throw new Error(`the load ended with ${code}`)
  })
  exited.catch(() => undefined)
  const [message] = await Promise.race([once(child, 'message'), exited])
  over.abort()
  return message
}

async function work(): Promise<void> {
  const [order] = (await once(process, 'message')) as [LoadOrder]
  const running = load({
    ...order,
    request: (n) => order.requests[n % order.requests.length] ?? null,
  })
  setTimeout(() => process.send?.('flowing'), 200)
  process.send?.(await running)
  process.disconnect?.()
}

if (import.meta.main && process.send !== undefined) await work()
