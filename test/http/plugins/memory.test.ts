/** Requests under a budget of memory: a large one waits for room before its body is read, and gives it back when it ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fastify } from 'fastify'
import t from 'tap'
import { createMemoryBudget } from '../../../src/concurrency/memory-budget.ts'
import { admitByMemory, dropBody, holdOf } from '../../../src/http/plugins/memory.ts'

const bodyBytes = 100_000
const body = JSON.stringify('x'.repeat(bodyBytes - 2))

t.test('bodies draw on the budget', async (t) => {
  /** Room for two such bodies. */
  const budget = createMemoryBudget(11 * bodyBytes)
  const shed: string[] = []
  const app = fastify({ bodyLimit: 2 * bodyBytes })
  admitByMemory(app, budget, (reason) => shed.push(reason))
  const held = { now: 0, most: 0 }
  app.post('/slow', async () => {
    held.now += 1
    held.most = Math.max(held.most, held.now)
    await sleep(30)
    held.now -= 1
    return 'done'
  })
  app.post('/waits', async (request) => {
    dropBody(request)
    await budget.reserve(11 * bodyBytes, { withinMs: 1_000 }).then((release) => release())
    return 'dropped'
  })
  app.get('/result', async (request) => {
    await holdOf(request)(20 * bodyBytes)
    return 'read'
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const post = (path: string, text: string) =>
    fetch(`${url}${path}`, { method: 'POST', body: text, headers: { 'content-type': 'application/json' } })

  const answers = await Promise.all(Array.from({ length: 8 }, () => post('/slow', body)))
  t.ok(
    answers.every(({ status }) => status === 200),
    'all are served',
  )
  t.equal(held.most, 2, 'two at a time')
  held.most = 0
  await Promise.all(Array.from({ length: 8 }, () => post('/slow', '"small"')))
  t.ok(held.most > 2, 'small ones are not counted')
  t.equal((await post('/slow', 'x'.repeat(3 * bodyBytes))).status, 413, 'what is refused takes nothing')
  t.equal((await post('/waits', body)).status, 200, 'a body that is dropped is given back')
  t.equal(await (await fetch(`${url}/result`)).text(), 'read', 'more than the budget is admitted alone')

  const release = await budget.reserve(11 * bodyBytes, { withinMs: 0 })
  const cut = new AbortController()
  const waiting = fetch(`${url}/result`, { signal: cut.signal }).catch(() => 'gone')
  await sleep(50)
  cut.abort()
  t.equal(await waiting, 'gone')
  release()
  const all = await budget.reserve(11 * bodyBytes, { withinMs: 2_000 })
  all()
  t.strictSame(shed, [])
})
