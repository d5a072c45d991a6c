/** One trace from the caller through create, FAL, webhook and archive to the callback; each log line says what it is about. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { freePort } from '../support/free-port.ts'
import { startBench, testKey } from '../support/service.ts'
import { startServiceProcess } from '../support/service-process.ts'

interface Span {
  name: string
  traceId: string
  parentSpanId?: string
}
interface Export {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[]
}

t.test('one trace from create through FAL to the callback', async (t) => {
  const spans: Span[] = []
  const callbacks: (string | undefined)[] = []
  const collector = createServer(async (request, answer) => {
    if (request.url === '/v1/traces') {
      const sent = (await json(request)) as Export
      for (const { scopeSpans } of sent.resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans)
    } else {
      request.resume()
      callbacks.push(request.headers.traceparent?.toString())
    }
    answer.end('{}')
  })
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  t.teardown(() => {
    collector.close()
    collector.closeAllConnections()
  })
  const base = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`

  const bench = await startBench(t, { environment: { ROLE: 'api' } })
  const port = await freePort()
  const traced = await startServiceProcess(t, {
    ...bench.environment,
    ROLE: 'all',
    PORT: String(port),
    APP_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: base,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  })
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const webhookLine = traced.said('webhook')
  const created = await fetch(new URL('/api/jobs', traced.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${testKey}`,
      'content-type': 'application/json',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    },
    body: JSON.stringify({ model: 'flux-schnell', prompt: 'a thread', callbackUrl: `${base}/callback` }),
  })
  t.equal(created.status, 202)
  const { id } = (await created.json()) as { id: string }
  const job = await bench.settled(id)
  t.equal(job.status, 'completed')
  for (let n = 0; n < 300 && callbacks.length < 2; n++) await new Promise((settle) => setTimeout(settle, 20))
  t.equal(await traced.stop(), 0, 'what is left of the trace is sent at the end')

  const ours = spans.filter((span) => span.traceId === traceId).map((span) => span.name)
  const fal = `POST ${new URL(bench.simulator.url).host}`
  for (const name of [
    'POST /api/jobs',
    'task submit',
    fal,
    'webhook applied',
    'task archive',
    'task callback',
  ])
    t.ok(ours.includes(name), `${name} is in the trace`)
  t.ok(callbacks.length > 0)
  for (const traceparent of callbacks)
    t.match(traceparent, `00-${traceId}-`, 'and the callback carries it on')

  const line: Record<string, unknown> = JSON.parse(await webhookLine)
  t.equal(line.jobId, id)
  t.match(line.requestId, /.+/)
})

t.test('log lines of the work behind a request or task name it, and nothing twice', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create(
    { model: 'flux-schnell', prompt: 'a line [fault:status-503]' },
    { 'x-request-id': 'caller-17' },
  )
  await bench.call('POST', `/api/jobs/${id}/poll`, undefined, { 'x-request-id': 'caller-18' })
  await bench.settled(id)
  const lines = bench.logLines.filter((line) => line.includes('caller-18'))
  t.ok(lines.length > 0)
  for (const line of bench.logLines) {
    const names = [...line.matchAll(/"(requestId|jobId|level)":/g)].map(([, name]) => name)
    t.equal(new Set(names).size, names.length, line)
  }
})
