/** Whoever holds a job token opens a hundred streams of its job, not every connection there is; the key's own are not counted. */
import { get, type IncomingMessage } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { testKey } from '../../support/service.ts'
import { startJobBench } from '../job-bench.ts'

t.test('the tokens of a job hold a hundred streams, of its events as through the proxy', async (t) => {
  const bench = await startJobBench(t, {
    simulator: { script: { faults: [{ fault: 'stuck' }] } },
    environment: { RATE_LIMIT_PER_SECOND: '0' },
  })
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'x' })
  const { token } = (await bench.call('POST', `/api/jobs/${id}/token`)).body
  const open = (path: string, headers: Record<string, string>) =>
    new Promise<IncomingMessage>((answered, failed) => {
      const request = get(new URL(path, bench.service.url), { agent: false, headers }, answered)
      request.on('error', failed)
    })
  const statusTarget = `https://queue.fal.run/fal-ai/flux/requests/${id.slice(4)}/status/stream`
  const ways = {
    events: (secret: string) =>
      open(`/api/jobs/${id}/events`, { accept: 'text/event-stream', authorization: `Bearer ${secret}` }),
    proxy: (secret: string) =>
      open('/api/fal/proxy', { 'x-fal-jobs-token': secret, 'x-fal-target-url': statusTarget }),
  }
  for (const [name, way] of Object.entries(ways)) {
    const streams = await Promise.all(Array.from({ length: 100 }, () => way(token)))
    t.ok(
      streams.every(({ statusCode }) => statusCode === 200),
      name,
    )
    const refused = await way(token)
    t.equal(refused.statusCode, 429, name)
    t.ok(Number(refused.headers['retry-after']) > 0)
    t.match(await textOf(refused), /100 open streams.*Close a stream/, 'it says the limit and what to do')
    const own = await way(testKey)
    t.equal(own.statusCode, 200, `${name}: the key itself may`)
    for (const stream of [refused, own]) stream.destroy()
    streams.pop()?.destroy()
    for (let tries = 0; ; tries++) {
      const next = await way(token)
      streams.push(next)
      if (next.statusCode === 200) break
      if (tries > 100) throw new Error(`${name}: no place became free`)
      await sleep(20)
    }
    for (const stream of streams) stream.destroy()
  }
})
