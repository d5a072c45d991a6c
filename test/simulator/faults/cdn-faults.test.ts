/** Each fault of the CDN does what its table says, and the file is whole where a later read is to succeed. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, run, urlsIn } from '../fal-caller.ts'

async function made(test: Test, fault: string) {
  const simulator = await startSimulator()
  test.teardown(() => simulator.close())
  const { requestId, result } = await run(simulator, 'fal-ai/flux/dev', { prompt: `a [fault:${fault}]` })
  const url = urlsIn(result.body)[0] ?? ''
  const whole = simulator.admin.media(requestId)[0]?.bytes ?? 0
  const read = (from = url) => fetch(from, { redirect: 'manual' })
  const length = async (response: Response) => (await response.arrayBuffer()).byteLength
  return { simulator, url, whole, read, length }
}

const refusals = [
  ['cdn-403', [403, 403]],
  ['cdn-404', [404, 404]],
  ['cdn-503', [503, 200]],
] as const

for (const [name, expected] of refusals) {
  t.test(`${name}: two reads answer ${expected.join(' and ')}`, async (t) => {
    const { read } = await made(t, name)
    t.strictSame([(await read()).status, (await read()).status], expected)
  })
}

t.test('cdn-slow: the whole file, over the given time', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-slow=0.2')
  const begun = performance.now()
  t.equal(await length(await read()), whole)
  t.ok(performance.now() - begun >= 150)
})

t.test('cdn-cut: announced whole, cut short; the second read is whole', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-cut')
  const response = await read()
  t.equal(Number(response.headers.get('content-length')), whole)
  await t.rejects(response.arrayBuffer())
  t.equal(await length(await read()), whole)
})

t.test('cdn-truncated: no length, a clean end, the last kilobyte missing', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-truncated')
  const response = await read()
  t.equal(response.headers.get('content-length'), null)
  t.equal(await length(response), whole - 1024)
  t.equal(await length(await read()), whole)
})

t.test('cdn-wrong-length: length and body agree with each other, not with the file', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-wrong-length')
  const response = await read()
  t.equal(Number(response.headers.get('content-length')), whole - 1024)
  t.equal(await length(response), whole - 1024)
})

t.test('cdn-wrong-type: the file is right, its type is not', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-wrong-type')
  const response = await read()
  t.match(response.headers.get('content-type'), 'text/html')
  t.equal(await length(response), whole)
})

t.test('cdn-html: a page with 200, once', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-html')
  t.match(await (await read()).text(), '<html>')
  t.equal(await length(await read()), whole)
})

t.test('cdn-empty: 200 without a byte, once', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-empty')
  t.equal(await length(await read()), 0)
  t.equal(await length(await read()), whole)
})

t.test('cdn-redirect: 302 to the v3b address, which has the file', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-redirect')
  const response = await read()
  t.equal(response.status, 302)
  const location = response.headers.get('location') ?? ''
  t.match(location, '/v3b.fal.media/')
  t.equal(await length(await read(location)), whole)
})

t.test('cdn-redirect-loop: 302 to itself', async (t) => {
  const { read, url } = await made(t, 'cdn-redirect-loop')
  const location = (await read()).headers.get('location') ?? ''
  t.equal(new URL(location, url).href, url)
})

t.test('cdn-redirect-private: 302 to a private address, or to any given one', async (t) => {
  const { read } = await made(t, 'cdn-redirect-private')
  t.match((await read()).headers.get('location'), 'http://169.254.169.254/')
  const other = await made(t, 'cdn-redirect-private=http://127.0.0.1:1/secret')
  t.equal((await other.read()).headers.get('location'), 'http://127.0.0.1:1/secret')
})

t.test('cdn-no-length: the whole file without Content-Length', async (t) => {
  const { read, length, whole } = await made(t, 'cdn-no-length')
  const response = await read()
  t.equal(response.headers.get('content-length'), null)
  t.equal(await length(response), whole)
})

t.test('every read is told, also the failed and the cut ones', async (t) => {
  const { simulator, url, read } = await made(t, 'cdn-503')
  await (await read()).text()
  await (await read()).arrayBuffer()
  await (await read(`${url}x`)).text()
  const codes = simulator.admin.state().cdnReads.map(({ statusCode }) => statusCode)
  t.strictSame(codes, [503, 200, 404])
  t.equal((await call(`${simulator.url}/_simulator/totals`)).body.cdnReads, 3)
})

t.test('cdn-signed: the file is read by its whole URL, for a week, and not without its query', async (t) => {
  const { simulator, url, read, length, whole } = await made(t, 'cdn-signed')
  t.match(url, /\?identity=[0-9a-f]{32}$/)
  t.equal(await length(await read()), whole)
  t.equal((await read(url.split('?')[0])).status, 403)
  simulator.clock.advance(7 * 86_400 + 1)
  t.equal((await read()).status, 403)
})

t.test('cdn-elsewhere: the URL is on a host that is not of FAL', async (t) => {
  const { url } = await made(t, 'cdn-elsewhere')
  t.match(url, /^https:\/\/storage\.googleapis\.com\/isolate-dev-hot-rooster_toolkit_bucket\/files\//)
  t.match(
    (await made(t, 'cdn-elsewhere=http://127.0.0.1:9/other')).url,
    /^http:\/\/127\.0\.0\.1:9\/other\/files\//,
  )
})
