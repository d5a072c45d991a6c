/** Strangers that ask the public routes without end cost the clients of the service little. */
import t from 'tap'
import { Agent, request } from 'undici'
import { startBench, testKey } from '../support/service.ts'
import { startBystander } from './bystander.ts'

const strangers = 60
const routes = ['/metrics', '/readyz', '/openapi.json', '/openapi.yaml', '/docs/json', '/docs/yaml']
const job = { model: 'flux-schnell', prompt: 'x', archive: false }

t.test('strangers', async (t) => {
  const bench = await startBench(t, { environment: { SHED_DATABASE_WAITING: '5', LOG_LEVEL: 'warn' } })
  const { url } = bench.service
  const quiet = await startBystander(url, testKey, job).during(1_000)

  await t.test('leave a client its answers', async (t) => {
    const dispatcher = new Agent({ connections: strangers })
    t.teardown(() => dispatcher.close())
    let isOver = false
    const answers = new Map<number, number>()
    const ask = async (n: number) => {
      const path = routes[n % routes.length] ?? '/metrics'
      while (!isOver) {
        const { statusCode, body } = await request(`${url}${path}`, { dispatcher })
        await body.dump()
        answers.set(statusCode, (answers.get(statusCode) ?? 0) + 1)
      }
    }
    const asking = Array.from({ length: strangers }, (_, n) => ask(n))
    const beside = await startBystander(url, testKey, job).during(2_000)
    isOver = true
    await Promise.all(asking)
    t.comment(JSON.stringify({ quiet, beside, answers: Object.fromEntries(answers) }))
    t.strictSame([...answers.keys()], [200])
    t.equal(beside.refused, 0)
    t.equal(beside.unfinished, 0)
    t.ok(beside.p50Ms < Math.max(250, 10 * quiet.p50Ms), `p50 ${beside.p50Ms} ms, quiet ${quiet.p50Ms} ms`)
  })

  await t.test('get the document as prepared bytes with an ETag', async (t) => {
    for (const path of routes.slice(2)) {
      const first = await bench.call('GET', path)
      const etag = String(first.headers.get('etag'))
      t.match(etag, /^"[\w-]{27}"$/, path)
      const again = await bench.call('GET', path, undefined, { 'if-none-match': etag })
      t.match(again, { status: 304, body: '' }, path)
    }
    t.strictSame(
      (await bench.call('GET', '/docs/json')).body,
      (await bench.call('GET', '/openapi.json')).body,
    )
  })
})

t.test('with METRICS_TOKEN the metrics are for its holders', async (t) => {
  const bench = await startBench(t, { environment: { METRICS_TOKEN: 'a-token-of-the-scraper' } })
  const ask = (authorization: string) => bench.call('GET', '/metrics', undefined, { authorization })
  t.equal((await ask('')).status, 401)
  t.equal((await ask('Bearer a-token-of-the-scrapes')).status, 401)
  t.equal((await ask(`Bearer ${testKey}`)).status, 401)
  t.equal((await ask('Bearer a-token-of-the-scraper')).status, 200)
  t.notOk(bench.logLines.join('').includes('a-token-of-the-scraper'))
})
