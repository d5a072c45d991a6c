/** The CDN as clients know it: Range, HEAD, cache headers, life, access, and uploads in the Python client's way. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import type { SimulatorSettings } from '../../../src/simulator/world/settings.ts'
import { call, run, urlsIn } from '../fal-caller.ts'

async function made(test: Test, settings: Partial<SimulatorSettings> = {}, lifecycle?: object) {
  const simulator = await startSimulator({ script: { settings } })
  test.teardown(() => simulator.close())
  const headers: Record<string, string> = lifecycle
    ? { 'x-fal-object-lifecycle-preference': JSON.stringify(lifecycle) }
    : {}
  const { result, submitted } = await run(simulator, 'fal-ai/flux/dev', { prompt: 'x' }, { headers })
  const url = urlsIn(result.body)[0] ?? ''
  const whole = Buffer.from(await (await fetch(url)).arrayBuffer())
  const range = async (value: string) => {
    const response = await fetch(url, { headers: { range: value } })
    return {
      status: response.status,
      headers: response.headers,
      bytes: Buffer.from(await response.arrayBuffer()),
    }
  }
  return { simulator, url, whole, range, result, submitted }
}

t.test('files are public, cacheable for sixty days, and HEAD tells the same', async (t) => {
  const { url, whole, simulator } = await made(t)
  t.match(url, `${simulator.cdnBase}/files/`)
  for (const method of ['GET', 'HEAD']) {
    const { headers } = await fetch(url, { method })
    t.equal(headers.get('cache-control'), 'public, max-age=5184000, immutable')
    t.equal(headers.get('access-control-allow-origin'), '*')
    t.equal(headers.get('accept-ranges'), 'bytes')
    t.equal(Number(headers.get('content-length')), whole.length)
  }
  const etag = (await fetch(url)).headers.get('etag') ?? ''
  t.equal((await fetch(url, { headers: { 'if-none-match': etag } })).status, 304)
})

t.test('Range: first, last, open, out of bounds, and forms that are ignored', async (t) => {
  const { whole, range } = await made(t)
  const first = await range('bytes=0-9')
  t.equal(first.status, 206)
  t.equal(first.headers.get('content-range'), `bytes 0-9/${whole.length}`)
  t.ok(first.bytes.equals(whole.subarray(0, 10)))
  t.ok((await range('bytes=-5')).bytes.equals(whole.subarray(-5)))
  t.ok((await range('bytes=10-')).bytes.equals(whole.subarray(10)))
  t.equal((await range(`bytes=${whole.length}-`)).status, 416)
  for (const ignored of ['bytes=5-2', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=-']) {
    t.equal((await range(ignored)).status, 200, ignored)
  }
})

t.test('Range, HEAD and ETag can each be turned off', async (t) => {
  const { url, range } = await made(t, { cdnRange: false, cdnHead: false, cdnEtag: false })
  t.equal((await range('bytes=0-9')).status, 200)
  t.equal((await fetch(url, { method: 'HEAD' })).status, 405)
  t.equal((await fetch(url)).headers.get('etag'), null)
})

t.test('a file with a life is gone for good afterwards', async (t) => {
  const { simulator, url } = await made(t, {}, { expiration_duration_seconds: 60 })
  simulator.clock.advance(59)
  t.equal((await fetch(url)).status, 200)
  simulator.clock.advance(2)
  t.equal((await fetch(url)).status, 404)
})

t.test('restricted files: forbid is 403, hide is 404, token and signed URL read them', async (t) => {
  for (const [decision, status] of [
    ['forbid', 403],
    ['hide', 404],
  ] as const) {
    const { simulator, url, result, submitted } = await made(
      t,
      {},
      { initial_acl: { default: decision, rules: [] } },
    )
    t.equal((await fetch(url)).status, status)
    const readWith = async (token: string | null) =>
      (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status
    t.equal(await readWith(result.headers.get('x-fal-cdn-token')), 200)
    t.equal(
      await readWith(submitted.headers.get('x-fal-cdn-token')),
      status,
      "the submit's token reads no output",
    )
    const other = await run(simulator, 'fal-ai/flux/dev', { prompt: 'another' })
    t.equal(
      await readWith(other.result.headers.get('x-fal-cdn-token')),
      status,
      'nor does that of another result',
    )
    t.equal(await readWith('cdn-made-up'), status)
    const token = await call(`${simulator.restBase}/storage/auth/token?storage_type=fal-cdn-v3`, {
      method: 'POST',
      body: '{}',
    })
    const authorization = `${token.body.token_type} ${token.body.token}`
    t.equal((await fetch(url, { headers: { authorization } })).status, 200)
    const signing = `${simulator.platformBase}/storage/files/sign?url=${encodeURIComponent(url)}`
    const signed = await call(signing, { method: 'POST', body: '{"expiration_seconds":60}' })
    const { signed_url: signedUrl } = signed.body
    t.equal((await fetch(String(signedUrl))).status, 200)
    t.equal((await fetch(`${url}?identity=${'0'.repeat(32)}`)).status, status)
    simulator.clock.advance(61)
    t.equal((await fetch(String(signedUrl))).status, status, 'a signed URL ends with its time')
    for (const wrong of ['{}', '{"expiration_seconds":0}', '{"expiration_seconds":604801}'])
      t.equal((await call(signing, { method: 'POST', body: wrong })).statusCode, 400)
  }
})

t.test('an account may make all its outputs restricted; a request may say otherwise', async (t) => {
  const { simulator, url, result } = await made(t, { storageAccess: 'forbid' })
  t.equal((await fetch(url)).status, 403)
  const authorization = `Bearer ${result.headers.get('x-fal-cdn-token')}`
  t.equal((await fetch(url, { headers: { authorization } })).status, 200)
  const lifecycle = JSON.stringify({ initial_acl: { default: 'allow' } })
  const headers = { 'x-fal-object-lifecycle-preference': lifecycle }
  const open = await run(simulator, 'fal-ai/flux/dev', { prompt: 'open' }, { headers })
  t.equal((await fetch(urlsIn(open.result.body)[0] ?? '')).status, 200)
})

t.test("uploads in the Python client's way: one piece, and parts whose etag is a header", async (t) => {
  const { simulator } = await made(t)
  const token = await call(`${simulator.restBase}/storage/auth/token?storage_type=fal-cdn-v3`, {
    method: 'POST',
    body: '{}',
  })
  t.match(token.body, { token: String, token_type: 'Bearer', base_url: simulator.cdnBase, expires_at: /Z$/ })
  const headers = {
    authorization: `Bearer ${token.body.token}`,
    'content-type': 'text/plain',
    'x-fal-file-name': 'my notes.txt',
  }
  const small = await call(`${token.body.base_url}/files/upload`, { method: 'POST', headers, body: 'hello' })
  t.match(small.body.access_url, /my_notes\.txt$/)
  t.equal(await (await fetch(String(small.body.access_url))).text(), 'hello')

  const begun = await call(`${token.body.base_url}/files/upload/multipart`, { method: 'POST', headers })
  const upload = `${begun.body.access_url}/multipart/${begun.body.uploadId}`
  const parts: { partNumber: number; etag: string | null }[] = []
  for (const [i, body] of ['one ', 'two'].entries()) {
    const answer = await call(`${upload}/${i + 1}`, { method: 'PUT', body, headers })
    parts.push({ partNumber: i + 1, etag: answer.headers.get('etag') })
  }
  const complete = (list: unknown) =>
    call(`${upload}/complete`, { method: 'POST', headers, body: JSON.stringify({ parts: list }) })
  t.equal((await complete([{ partNumber: 1, etag: 'wrong' }])).statusCode, 400)
  t.equal((await complete(parts)).statusCode, 200)
  t.equal(await (await fetch(String(begun.body.access_url))).text(), 'one two')
  t.equal((await call(`${token.body.base_url}/files/upload`, { method: 'POST', body: 'x' })).statusCode, 401)
})
