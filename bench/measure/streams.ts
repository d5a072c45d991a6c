/**
 * Many live streams in one process: what each of them takes of its memory, and how soon one event has reached them all.
 * The readers are bare sockets of this process, so that the service is what is measured.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { seedRunning } from '../load/seed-jobs.ts'
import type { Child } from '../servers/child.ts'
import { apiKey, type Setting } from '../servers/setting.ts'

/** Connections that are being opened at a time: fewer than any backlog. */
const opening = 200
const settleMs = 3_000

interface Reader {
  /** Resolves when text of the stream that came from now on holds this. */
  saw(text: string): Promise<void>
  close(): void
}

/** A row of a table `| what | memory in all | at most | per stream | one event to all | CPU while nothing happens |`. */
export async function benchStreams(setting: Setting, count: number): Promise<string> {
  // As after any start but the first: what was compiled is kept.
  await (await setting.service()).stop()
  const service = await setting.service()
  try {
    // What the first requests compile and cache is not the streams'.
    await closeAll(await openAll(service, count / 10, await seeded(setting, 1)))
    const before = (await service.usage()).rssBytes

    const apart = await openAll(service, count, await seeded(setting, count))
    await sleep(settleMs)
    const idle = await idleCore(service)
    const open = (await service.usage()).rssBytes
    await closeAll(apart)

    const { id, requestId } = await stuckJob(setting, service)
    const together = await openAll(service, count, [id])
    const all = Promise.all(together.map((reader) => reader.saw('event: job.completed')))
    const begun = performance.now()
    await setting.simulator.admin.complete(requestId)
    await all
    const reachedMs = performance.now() - begun
    await closeAll(together)
    const most = (await service.usage()).peakRssBytes

    const perStream = (open - before) / count / 1024
    return `| ${count} live streams | ${mb(open)} (${mb(before)} before) | ${mb(most)} | ${perStream.toFixed(1)} KiB | ${reachedMs.toFixed(0)} ms | ${idle.toFixed(1)} % of a core |`
  } finally {
    await service.stop()
  }
}

async function seeded({ pool }: Setting, count: number): Promise<string[]> {
  const jobs = await seedRunning(pool, count, `streams-${Date.now()}-${count}`)
  return jobs.map(({ id }) => id)
}

/** A job that FAL works on until it is told to stop. */
async function stuckJob(setting: Setting, service: Child): Promise<{ id: string; requestId: string }> {
  const prompt = `a stream ${Math.random()}`
  await setting.simulator.admin.addFault({ fault: 'stuck', match: { prompt } })
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ model: 'flux-schnell', prompt })
  const created = await fetch(`${service.url}/api/jobs`, { method: 'POST', headers, body })
  if (created.status !== 202) throw new Error(`create answered ${created.status}: ${await created.text()}`)
  const { id } = (await created.json()) as { id: string }
  for (;;) {
    const answer = await fetch(`${service.url}/api/jobs/${id}`, { headers })
    const { fal } = (await answer.json()) as { fal: { requestId: string | null } }
    if (fal.requestId !== null) return { id, requestId: fal.requestId }
    await sleep(10)
  }
}

/** Opens `count` streams, in turn on these jobs; each has shown its first event. */
async function openAll(service: Child, count: number, jobIds: readonly string[]): Promise<Reader[]> {
  const readers: Reader[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      readers.push(await openStream(service, jobIds[n % jobIds.length] ?? ''))
    }
  }
  await Promise.all(Array.from({ length: opening }, lane))
  return readers
}

async function openStream(service: Child, jobId: string): Promise<Reader> {
  const { hostname, port } = new URL(service.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const reader = readerOf(socket)
  const first = reader.saw('event: job.created')
  socket.write(
    `GET /api/jobs/${jobId}/events HTTP/1.1\r\nhost: ${hostname}\r\naccept: text/event-stream\r\nauthorization: Bearer ${apiKey}\r\n\r\n`,
  )
  await first
  return reader
}

function readerOf(socket: Socket): Reader {
  let wanted: { text: string; seen: () => void; failed: (error: Error) => void } | null = null
  let tail = ''
  let begin = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    if (wanted === null) return
    if (begin.length < 200) begin += chunk
    const text = tail + chunk
    if (text.includes(wanted.text)) {
      wanted.seen()
      wanted = null
      tail = ''
    } else tail = text.slice(-wanted.text.length)
  })
  const broken = (why: string) => wanted?.failed(new Error(`a stream ${why}: ${begin.slice(0, 200)}`))
  socket.on('error', (error) => broken(error.message))
  socket.on('close', () => broken('ended'))
  return {
    saw: (text) =>
      new Promise((seen, failed) => {
        wanted = { text, seen, failed }
      }),
    close: () => socket.destroy(),
  }
}

/** Done when the service has noticed. */
async function closeAll(readers: readonly Reader[]): Promise<void> {
  for (const reader of readers) reader.close()
  await sleep(settleMs)
}

/** Percent of a core that the open streams take while nothing happens to their jobs. */
async function idleCore(service: Child): Promise<number> {
  const seconds = 10
  const before = await service.usage()
  await sleep(seconds * 1_000)
  return (((await service.usage()).cpuSeconds - before.cpuSeconds) / seconds) * 100
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
