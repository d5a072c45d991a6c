/** Watching a job survives what happens to connections and servers: each event once, in order, to the end. */
import t from 'tap'
import { createClient } from '../../src/client/client.ts'
import { readConfig } from '../../src/config/config.ts'
import { startService } from '../../src/server.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { startBench, testKey } from '../support/service.ts'

t.test('a watch goes on when the service restarts in the middle', async (t) => {
  const bench = await startBench(t, { simulator: { speed: 1 } })
  const client = createClient({ baseUrl: bench.service.url, apiKey: testKey })
  const { id } = await client.create({ model: 'flux-schnell', prompt: 'watched [fault:stuck-in-queue]' })
  const seqs: number[] = []
  const types: string[] = []
  for await (const event of client.watch(id)) {
    seqs.push(event.seq)
    types.push(event.type)
    if (event.type !== 'job.submitted') continue
    await bench.service.stop()
    const log = createLogger({ level: 'silent', secrets: [] })
    const again = await startService(readConfig(bench.environment), log)
    t.teardown(() => again.stop())
    const requestId = (await client.get(id)).fal.requestId ?? ''
    bench.simulator.admin.complete(requestId)
  }
  t.strictSame(
    seqs,
    seqs.map((_seq, index) => index + 1),
    'every event once and in order',
  )
  t.equal(types.at(-1), 'archive.archived')
  t.ok(types.includes('job.completed'))
})

t.test('a connection cut after every event costs none and repeats none', async (t) => {
  const bench = await startBench(t)
  let connections = 0
  const client = createClient({
    baseUrl: bench.service.url,
    apiKey: testKey,
    async fetch(request) {
      const response = await fetch(request)
      if (response.body === null || !request.url.endsWith('/events')) return response
      connections += 1
      return new Response(cutAfterOneEvent(response.body), response)
    },
  })
  const { id } = await client.create({ model: 'flux-schnell', prompt: 'cut' })
  await client.waitFor(id, { archived: true, timeoutMs: 20_000 })
  const seqs: number[] = []
  for await (const event of client.watch(id, { after: 1 })) seqs.push(event.seq)
  const { data = [] } = (await bench.call('GET', `/api/jobs/${id}/events?limit=100`)).body
  t.strictSame(
    seqs,
    data.slice(1).map((event: { seq: number }) => event.seq),
  )
  t.ok(connections > seqs.length)
})

t.test('leaving the loop closes the stream; an unknown job is an error', async (t) => {
  const bench = await startBench(t)
  const client = createClient({ baseUrl: bench.service.url, apiKey: testKey })
  const { id } = await client.create({ model: 'veo3', prompt: 'left [fault:stuck-in-queue]' })
  for await (const event of client.watch(id)) {
    t.equal(event.type, 'job.created')
    break
  }
  const missing = client.watch('job_00000000-0000-7000-8000-000000000000')
  await t.rejects(missing.next(), { code: 'NOT_FOUND' })
})

/** Lets the first event through and breaks the stream in the middle of what follows. */
function cutAfterOneEvent(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let text = ''
  const decoder = new TextDecoder()
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        text += decoder.decode(chunk, { stream: true })
        const end = text.indexOf('\n\n', text.indexOf('data:'))
        if (!text.includes('data:') || end < 0) return
        controller.enqueue(new TextEncoder().encode(text.slice(0, end + 2 + 20)))
        controller.error(new TypeError('cut'))
      },
    }),
  )
}
