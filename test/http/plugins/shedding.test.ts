/** Too much work is refused early with 503 and Retry-After, and what keeps the service alive is never refused. */
import { fastify } from 'fastify'
import t from 'tap'
import { problemsPlugin } from '../../../src/http/plugins/problems.ts'
import { shed } from '../../../src/http/plugins/shedding.ts'

const never = { eventLoopDelayMs: 0, databaseWaiting: 0, pendingJobs: 0 }

async function serve(t: Tap, limits: Partial<typeof never>, now: { waiting?: number; above?: boolean } = {}) {
  const reasons: string[] = []
  const app = fastify()
  await app.register(problemsPlugin)
  app.get('/healthz', async () => 'ok')
  await app.register(async (api) => {
    await shed(api, {
      limits: { ...never, ...limits },
      databaseWaiting: () => now.waiting ?? 0,
      isBacklogAbove: async () => now.above ?? false,
      shed: (reason) => reasons.push(reason),
    })
    api.get('/api/jobs', async () => 'ok')
    api.post('/api/jobs', async () => 'ok')
  })
  await app.ready()
  t.teardown(() => app.close())
  const ask = (method: 'GET' | 'POST', url: string) => app.inject({ method, url })
  return { ask, reasons }
}
type Tap = Pick<typeof t, 'teardown'>

const block = (ms: number) => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

t.test('one stall, such as the start itself, refuses nothing', async (t) => {
  const { ask, reasons } = await serve(t, { eventLoopDelayMs: 100 })
  block(1_200)
  for (let n = 0; n < 5; n++) {
    await new Promise((settle) => setImmediate(settle))
    t.equal((await ask('GET', '/api/jobs')).statusCode, 200)
  }
  t.strictSame(reasons, [])
})

t.test('an event loop that stays late refuses the API, not health', async (t) => {
  const { ask, reasons } = await serve(t, { eventLoopDelayMs: 100 })
  t.equal((await ask('GET', '/api/jobs')).statusCode, 200)
  let answer = await ask('GET', '/api/jobs')
  for (let n = 0; n < 20 && answer.statusCode === 200; n++) {
    await new Promise((settle) => setImmediate(settle))
    block(400)
    answer = await ask('GET', '/api/jobs')
  }
  t.equal(answer.statusCode, 503)
  t.equal(answer.headers['retry-after'], '2')
  t.match(answer.json(), { code: 'UNAVAILABLE', retryable: true })
  t.equal((await ask('GET', '/healthz')).statusCode, 200)
  t.ok(reasons.includes('event_loop'))
})

t.test('too many queries waiting for the database refuse', async (t) => {
  const { ask, reasons } = await serve(t, { databaseWaiting: 10 }, { waiting: 11 })
  t.equal((await ask('GET', '/api/jobs')).statusCode, 503)
  t.strictSame(reasons, ['database'])
})

t.test('a long backlog refuses creates only', async (t) => {
  const { ask } = await serve(t, { pendingJobs: 10 }, { above: true })
  let created = await ask('POST', '/api/jobs')
  for (let n = 0; n < 200 && created.statusCode === 200; n++) {
    await new Promise((settle) => setTimeout(settle, 20))
    created = await ask('POST', '/api/jobs')
  }
  t.equal(created.statusCode, 503)
  t.equal((await ask('GET', '/api/jobs')).statusCode, 200)
})
