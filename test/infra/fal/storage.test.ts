/** The relay of uploads shows FAL our key and nobody else; trouble that is ours never reads as the caller's. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { clientOf } from './misbehaving-server.ts'

const primary = 'id-a:primary-secret-0123456789'
const next = 'id-b:next-secret-0123456789'
const path = '/storage/upload/initiate?storage_type=fal-cdn-v3'
const file = { content_type: 'image/png', file_name: 'a.png' }

async function start(t: Test, answer: (headers: IncomingHttpHeaders, body: string) => [number, string]) {
  const seen: { headers: IncomingHttpHeaders; url: string; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ headers: request.headers, url: request.url ?? '', body })
    const [status, text] = answer(request.headers, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.teardown(() => server.close())
  const storage = clientOf(t, `http://127.0.0.1:${port}/`, { keys: { primary, next } })
  return { seen, storage }
}

t.test('body, path and lifecycle arrive with our key; the answer comes back without it', async (t) => {
  const { seen, storage } = await start(t, () => [200, JSON.stringify({ upload_url: 'u', echo: primary })])
  const answer = await storage.relay(path, file, { lifecycle: '{"expiration_duration_seconds":60}' })
  t.equal(answer.status, 200)
  t.notOk(answer.body.includes('primary-secret'))
  t.equal(seen.length, 1)
  t.match(seen[0], {
    url: path,
    headers: {
      authorization: `Key ${primary}`,
      'x-fal-object-lifecycle': '{"expiration_duration_seconds":60}',
    },
  })
  t.strictSame(JSON.parse(seen[0]?.body ?? ''), file)
})

t.test('a key that FAL refuses gives way to the other, and to one that comes later', async (t) => {
  const later = 'id-c:later-secret-0123456789'
  let good = next
  const { seen, storage } = await start(t, ({ authorization }) =>
    authorization === `Key ${good}` ? [200, '{}'] : [401, '{"detail":"No user found"}'],
  )
  t.equal((await storage.relay(path, file, { lifecycle: null })).status, 200)
  t.equal(seen.length, 2)
  good = later
  storage.useKeys({ primary: later })
  t.equal((await storage.relay(path, file, { lifecycle: null })).status, 200)
  await storage.submit({ endpointId: 'fal-ai/flux', input: {}, webhookUrl: null, queue: {} })
  t.equal(seen.at(-1)?.headers.authorization, `Key ${later}`, 'one rotation reaches the queue as well')
})

t.test("FAL's word on the file is the caller's to hear; all other trouble is ours", async (t) => {
  const answers: [number, string][] = [
    [422, '{"detail":[]}'],
    [403, '{"detail":"locked"}'],
    [403, '{"detail":"locked"}'],
    [500, '{}'],
    [200, '<html>'],
  ]
  const { storage } = await start(t, () => answers.shift() ?? [200, '{}'])
  t.equal((await storage.relay(path, file, { lifecycle: null })).status, 422)
  for (const why of ['both keys are refused', 'a fault', 'a page']) {
    await t.rejects(storage.relay(path, file, { lifecycle: null }), { code: 'UNAVAILABLE' }, why)
  }
})

t.test('a storage that cannot be reached is unavailable', async (t) => {
  const storage = clientOf(t, 'http://127.0.0.1:9', { keys: { primary }, timeoutMs: 2_000 })
  await t.rejects(storage.relay(path, file, { lifecycle: null }), { code: 'UNAVAILABLE', retryable: true })
})
