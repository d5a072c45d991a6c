/**
 * The memory of the whole process, as the kernel counts it, with the heap and the budget that a container of 512 MB gives:
 * whatever sizes callers and FAL send, the process stays alive and inside.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { scratchFolder } from '../support/scratch.ts'
import { type Answer, createCall, falEnvironment, testKey } from '../support/service.ts'
import { startServiceProcess } from '../support/service-process.ts'

const megabyte = 1024 * 1024
const container = 512 * megabyte

t.test('large inputs, results and pages, all at once, stay within a container of 512 MB', async (t) => {
  t.setTimeout(120_000)
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
      MEMORY_BUDGET_MB: '140',
      POLL_MAX_SECONDS: '1',
      SHED_EVENT_LOOP_DELAY_MS: '0',
    },
    { flags: ['--max-old-space-size=256', '--heap-growing-percent=50'] },
  )
  const call = patient(createCall(service.url))

  const sizes: [inputMb: number, resultMb: number][] = [
    [0, 45],
    [0, 25],
    [0, 10],
    ...Array.from({ length: 8 }, (_, index): [number, number] => [1 + (index % 6), 0]),
  ]
  const created = await Promise.all(
    sizes.map(async ([inputMb, resultMb]) => {
      const image_url = `data:image/png;base64,${Buffer.alloc(inputMb * megabyte + 1).toString('base64')}`
      const prompt = resultMb > 0 ? `[fault:oversize-result=${resultMb * 1_000_000}]` : '[fault:stuck]'
      const input = { prompt, image_url }
      const { status, body } = await call('POST', '/api/jobs', { model: 'fal-ai/flux-pro/kontext', input })
      t.equal(status, 202)
      return { id: String(body.id), resultMb, inputMb }
    }),
  )

  const listing = Promise.all(
    Array.from({ length: 3 }, async () => {
      const listed: string[] = []
      for (let query: string | null = ''; query !== null; ) {
        const { status, body }: Answer = await call('GET', `/api/jobs?limit=100${query}`)
        t.equal(status, 200)
        listed.push(...body.data.map(({ id }: { id: string }) => id))
        query = body.hasMore ? `&cursor=${body.nextCursor}` : null
      }
      t.strictSame(listed.toSorted(), created.map(({ id }) => id).toSorted())
    }),
  )
  const looking = Promise.all(
    created.map(async ({ id, resultMb, inputMb }) => {
      const { body } = await call('GET', `/api/jobs/${id}/input`)
      t.equal(Math.floor(body.image_url.length / megabyte / 1.3), inputMb)
      if (resultMb === 0) return
      for (;;) {
        const { body: job } = await call('GET', `/api/jobs/${id}`)
        if (job.status === 'running' || job.status === 'pending') await sleep(200)
        // A quarter of the budget is the most that can be read.
        else if (resultMb > 35) return t.match(job.error, { code: 'RESULT_TOO_LARGE', retryable: false })
        else return t.ok(JSON.stringify(job.result).length > resultMb * 1_000_000)
      }
    }),
  )
  await Promise.all([listing, looking])
  t.equal((await call('GET', '/healthz')).status, 200)
  const peak = service.peakBytes()
  t.ok(peak < container, `${Math.round(peak / megabyte)} MB at most`)
})

/** A caller that does as `Retry-After` says, only sooner. */
function patient(callOnce: ReturnType<typeof createCall>) {
  return async (method: string, path: string, body?: unknown): Promise<Answer> => {
    for (;;) {
      const answer = await callOnce(method, path, body)
      if (answer.status !== 503) return answer
      await sleep(Number(answer.headers.get('retry-after')) * 200)
    }
  }
}
