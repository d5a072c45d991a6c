/** Whatever is sent to the simulator, it answers in FAL's own shapes and goes on working. */

import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { request } from 'undici'
import { isObject, parseJson } from '../../src/simulator/base/json.ts'
import { models } from '../../src/simulator/models/catalogue.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { run, submit } from './fal-caller.ts'

const prefixes = [
  '',
  '/queue.fal.run',
  '/fal.run',
  '/rest.fal.ai',
  '/api.fal.ai/v1',
  '/v3.fal.media',
  '/fal.ai',
]
const knownPaths = [
  '/fal-ai/flux/dev',
  '/fal-ai/flux/requests/x/status',
  '/fal-ai/flux/requests/x/cancel',
  '/fal-ai/flux/requests/x/status/stream',
  '/storage/upload/initiate?storage_type=fal-cdn-v3',
  '/files/b/x/y.png/1?signature=x',
  '/files/b/x/y.png/complete?signature=x',
  '/models/pricing/estimate',
  '/models/requests/by-endpoint?endpoint_id=x&start=y',
  '/keys',
  '/files/a/b.png',
  '/files/upload/multipart',
  '/tokens/',
]
const anyPath = fc.oneof(
  fc.constantFrom(...knownPaths),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((text) => `/${encodeURI(text)}`),
  fc.constantFrom(
    '/%zz',
    '/%00',
    '//',
    '/..%2f..',
    '/a/b?%',
    `/${'a'.repeat(3000)}`,
    '/a/b/requests/%F0/status',
  ),
)
const anyBody = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom('', 'null', '[]', '{"prompt":', '{"prompt":{"a":[1]}}', '{"prompt":12345678901234567890}'),
  fc.record({ prompt: fc.string(), num_images: fc.anything() }).map((value) => safeJson(value)),
)
const anyHeaders = fc.record(
  {
    authorization: fc.constantFrom('Key a:b', 'Key a', 'Bearer x', 'Key', 'x'),
    'content-type': fc.constantFrom('application/json', 'text/plain', 'nonsense', 'multipart/form-data'),
    'x-fal-request-timeout': fc.constantFrom('0', '-1', 'soon', '9999999'),
    'x-fal-tags': fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replace(/[^ -~]/g, '')),
    'x-fal-object-lifecycle-preference': fc.constantFrom('{', '[]', '{"expiration_duration_seconds":"x"}'),
    range: fc.constantFrom('bytes=', 'bytes=9-1', 'x'),
  },
  { requiredKeys: [] },
)

function safeJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item)) ?? 'null'
}

t.test('bad calls get an error in the shape of their host, never a crash', async (t) => {
  const simulator = await startSimulator({ script: { settings: { imageSeconds: 0, queueSeconds: 0 } } })
  t.teardown(() => simulator.close())
  const methods = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS')
  const anyCall = fc.tuple(methods, fc.constantFrom(...prefixes), anyPath, anyBody, anyHeaders)
  await fc.assert(
    fc.asyncProperty(anyCall, async ([method, prefix, path, body, headers]) => {
      const hasBody = method !== 'GET' && method !== 'HEAD'
      const answer = await request(`${simulator.url}${prefix}${path}`, {
        method,
        headers,
        ...(hasBody && { body }),
      })
      const text = await answer.body.text()
      const isFine = answer.statusCode < 400 || method === 'HEAD'
      return answer.statusCode !== 500 && (isFine || isFalError(text, prefix))
    }),
    { numRuns: 500 },
  )
  t.strictSame(simulator.admin.state().problems, [])
  t.equal((await run(simulator, 'fal-ai/flux/dev', { prompt: 'alive' })).result.statusCode, 200)
})

/** `detail`, the queue's `status`, the Platform API's `error`, or the web host's `null`. */
function isFalError(text: string, prefix: string): boolean {
  const value = parseJson(text)
  if (!isObject(value)) return value === null && prefix === '/fal.ai'
  if (prefix.startsWith('/api.fal.ai')) return isObject(value.error) && typeof value.error.type === 'string'
  return 'detail' in value || 'status' in value
}

t.test('a body nested without end is a bad request, not an exhausted stack', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const body = `{"prompt":"x","y":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  for (const path of [
    '/fal-ai/flux/dev',
    '/fal.run/fal-ai/flux/dev',
    '/api.fal.ai/v1/models/pricing/estimate',
  ]) {
    const headers = { authorization: 'Key id:secret' }
    const answer = await request(simulator.url + path, { method: 'POST', headers, body })
    t.equal(answer.statusCode, 400, path)
    t.ok(isFalError(await answer.body.text(), path))
  }
  t.strictSame(simulator.admin.state().problems, [])
})

t.test('any input to any model ends in 200 or 422', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const anyInput = fc.tuple(
    fc.constantFrom(...models),
    fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { maxLength: 4 }),
  )
  await fc.assert(
    fc.asyncProperty(anyInput, async ([model, noise, chosen]) => {
      const fields = chosen.map(([i, value]) => [model.input[i % model.input.length]?.name ?? 'x', value])
      const input = { prompt: 'p', ...noise, ...Object.fromEntries(fields) }
      const { result } = await run(simulator, model.id, input)
      return result.statusCode === 200 || result.statusCode === 422
    }),
    { numRuns: 200 },
  )
  t.strictSame(simulator.admin.state().problems, [])
})

t.test('a connection that speaks no HTTP, or goes away in the middle, harms nobody', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const port = Number(new URL(simulator.url).port)
  for (const text of [
    '\x16\x03\x01 nonsense\r\n\r\n',
    'POST /fal-ai/flux HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{',
  ]) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(text)
    socket.end()
    socket.resume()
    await once(socket, 'close')
  }
  t.equal((await submit(simulator, 'fal-ai/flux/dev', { prompt: 'x' })).statusCode, 200)
  t.strictSame(simulator.admin.state().problems, [])
})

t.test('a body above the limit is refused with 413 before it is read', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const head = [
    'POST /fal-ai/flux/dev HTTP/1.1',
    'host: x',
    'authorization: Key a:b',
    'content-length: 999999999',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n{`)
  const [answer] = await once(socket, 'data')
  t.match(String(answer), /^HTTP\/1.1 413 .*"detail"/s)
})
