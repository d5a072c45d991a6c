/** Slow files of one client leave the archive to others: their copies are stored while the crowd of slow ones goes on. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { bearer, startJobBench } from '../http/job-bench.ts'
import { startHostileFal } from './hostile-fal.ts'

const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const jobs = 20
const filesEach = 300
const slowMs = 1_500

t.test('a thousand slow files of one client', async (t) => {
  const fal = await startHostileFal(t, {
    resultOf({ prompt }, origin) {
      const names = prompt === 'slow' ? Array.from({ length: filesEach }, (_, n) => `slow/${n}`) : ['quick/0']
      return JSON.stringify({
        images: names.map((name) => ({ url: `${origin}/files/${name}-${Math.random()}.png` })),
      })
    },
    file(request, response) {
      const isSlow = request.url?.includes('/slow/') === true
      setTimeout(
        () =>
          response
            .writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length })
            .end(picture),
        isSlow ? slowMs : 0,
      )
    },
  })
  const bench = await startJobBench(t, { webhooks: false, environment: fal.environment })
  const loud = bearer(await bench.newKey(['jobs:read', 'jobs:write']))
  const create = (prompt: string, headers: Record<string, string>) =>
    bench.create({ model: 'hostile/app', input: { prompt } }, headers)
  const crowd = await Promise.all(Array.from({ length: jobs }, () => create('slow', loud)))
  const pending = async (id: string) =>
    (await bench.call('GET', `/api/jobs/${id}`, undefined, loud)).body.archive
  while ((await pending(String(crowd[0]?.id))).status !== 'pending') await sleep(50)
  await sleep(slowMs)

  const begun = performance.now()
  const others = await Promise.all([1, 2, 3].map(() => create('quick', {})))
  for (const { id } of others) {
    const job = await bench.settled(id, 30_000)
    t.match(job, { status: 'completed', archive: { status: 'archived' } })
  }
  const tookMs = Math.round(performance.now() - begun)
  t.comment(`archived after ${tookMs} ms`)
  t.ok(tookMs < 20_000, `${tookMs} ms`)
  t.equal((await pending(String(crowd.at(-1)?.id))).status, 'pending', 'the crowd goes on')
})
