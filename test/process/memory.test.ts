/** The memory of the whole process, as the kernel counts it: what ordinary requests ask for never exhausts it. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { scratchFolder } from '../support/scratch.ts'
import { type Answer, createCall, falEnvironment, testKey } from '../support/service.ts'
import { startServiceProcess } from '../support/service-process.ts'

const megabyte = 1024 * 1024

t.test('a list of jobs with large inputs and results comes in pages, within the heap', async (t) => {
  const simulator = await startSimulator({ speed: 20, script: { settings: { endpoints: ['*'] } } })
  const database = await createTestDatabase()
  t.teardown(async () => {
    await simulator.close()
    await database.drop()
  })
  const service = await startServiceProcess(
    t,
    {
      PORT: String(await freePort()),
      DATABASE_URL: database.url,
      DATA_DIR: await scratchFolder(),
      ...falEnvironment(simulator),
      BOOTSTRAP_API_KEY: testKey,
      SHED_EVENT_LOOP_DELAY_MS: '0',
    },
    { flags: ['--max-old-space-size=128'] },
  )
  const call = createCall(service.url)
  const image_url = `data:image/png;base64,${Buffer.alloc(2_000_000).toString('base64')}`
  const created = new Set<string>()
  for (let count = 0; count < 30; count++) {
    const prompt = count < 4 ? '[fault:oversize-result=3000000]' : '[fault:stuck]'
    const { status, body } = await call('POST', '/api/jobs', {
      model: 'fal-ai/flux-pro/kontext',
      input: { prompt, image_url },
    })
    t.equal(status, 202)
    created.add(body.id)
  }
  const large = [...created].slice(0, 4)
  for (const id of large)
    for (let status = ''; status !== 'completed'; await sleep(50))
      ({ status } = (await call('GET', `/api/jobs/${id}?wait=20`)).body)

  const listed: string[] = []
  let pages = 0
  for (let query: string | null = ''; query !== null; pages++) {
    const { status, body }: Answer = await call('GET', `/api/jobs?limit=100${query}`)
    t.equal(status, 200)
    t.ok(JSON.stringify(body).length < 5 * megabyte)
    listed.push(...body.data.map(({ id }: { id: string }) => id))
    t.equal(body.hasMore, body.nextCursor !== null)
    query = body.hasMore ? `&cursor=${body.nextCursor}` : null
  }
  t.strictSame(listed, [...created].reverse())
  t.ok(pages > 3, `${pages} pages`)
  t.ok(service.peakBytes() < 500 * megabyte, `${Math.round(service.peakBytes() / megabyte)} MB`)
})
