/** Browsers and fronts: pages of other origins may call every FAL host, and links lead back by the way the call came. */

import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts'
import { call, run, submit, urlsIn } from './fal-caller.ts'

async function start(t: Test, options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ speed: 50, ...options })
  t.teardown(() => simulator.close())
  return simulator
}

t.test(
  'a page of another origin may call queue, REST, run, CDN and proxy, and reads every header',
  async (t) => {
    const simulator = await start(t)
    const preflight = {
      origin: 'https://app.example.com',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,x-fal-target-url',
    }
    const paths = [
      '/queue.fal.run/fal-ai/flux/dev',
      '/fal.run/fal-ai/flux/dev',
      '/rest.fal.ai/storage/upload/initiate',
      '/v3b.fal.media/files/b/1/x.png',
      '/api.fal.ai/v1/models',
      '/api/fal/proxy',
      '/nowhere/at/all',
    ]
    for (const path of paths) {
      const { statusCode, headers } = await request(simulator.url + path, {
        method: 'OPTIONS',
        headers: preflight,
      })
      t.equal(statusCode, 204, path)
      t.equal(headers['access-control-allow-origin'], '*')
      t.match(headers['access-control-allow-methods'], /PUT/)
      t.equal(headers['access-control-allow-headers'], 'authorization,x-fal-target-url')
    }
    const { submitted, result } = await run(simulator, 'fal-ai/flux/dev', { prompt: 'x' })
    const stream = await call(`${submitted.body.status_url}/stream`)
    const refused = await call(`${simulator.queueBase}/fal-ai/flux/dev/requests/none/status`)
    for (const { headers } of [submitted, result, stream, refused]) {
      t.equal(headers.get('access-control-allow-origin'), '*')
      t.equal(headers.get('access-control-expose-headers'), '*')
    }
  },
)

t.test('the admin is not opened to pages', async (t) => {
  const simulator = await start(t)
  const headers = { origin: 'https://a.example', 'access-control-request-method': 'POST' }
  const preflight = await request(`${simulator.url}/_simulator/webhook`, { method: 'OPTIONS', headers })
  t.equal(preflight.statusCode, 404)
  t.equal((await call(`${simulator.url}/_simulator/totals`)).headers.get('access-control-allow-origin'), null)
})

t.test('behind a front that tells itself, links begin as its callers call it', async (t) => {
  const simulator = await start(t)
  const headers = {
    'x-forwarded-proto': 'https, http',
    'x-forwarded-host': 'fal.localhost:8443',
    'x-forwarded-prefix': '/sim/',
  }
  const { body } = await submit(simulator, 'fal-ai/flux/dev', { prompt: 'x' }, { headers })
  const id = String(body.request_id)
  t.equal(body.status_url, `https://fal.localhost:8443/sim/queue.fal.run/fal-ai/flux/requests/${id}/status`)
  simulator.admin.complete(id)
  const result = await call(`${simulator.queueBase}/fal-ai/flux/requests/${id}`)
  t.match(urlsIn(result.body)[0], /^https:\/\/fal\.localhost:8443\/sim\/v3\.fal\.media\/files\//)
})

t.test('a public URL does the same for a front that tells nothing', async (t) => {
  const simulator = await start(t, { publicUrl: 'https://fal.example/' })
  t.equal(simulator.jwksUrl, 'https://fal.example/rest.fal.ai/.well-known/jwks.json')
  // Nothing of that name answers here: the call goes to the port itself.
  const answer = await call(`${simulator.localUrl}/fal-ai/flux/dev`, {
    method: 'POST',
    body: '{"prompt":"x"}',
  })
  t.match(answer.body.response_url, /^https:\/\/fal\.example\/fal-ai\/flux\/requests\//)
})

t.test("under FAL's own names, by Host or told, links carry FAL's own names", async (t) => {
  const simulator = await start(t)
  const { port } = new URL(simulator.url)
  const text = await raw(Number(port), 'POST /fal-ai/flux/dev HTTP/1.1\r\nhost: queue.fal.run')
  t.match(text, '"status_url":"https://queue.fal.run/fal-ai/flux/requests/')
  const told = { 'x-forwarded-host': 'queue.fal.run:8443', 'x-forwarded-proto': 'https' }
  const { body } = await submit(simulator, 'fal-ai/flux/dev', { prompt: 'x' }, { headers: told })
  t.match(body.cancel_url, 'https://queue.fal.run:8443/fal-ai/flux/requests/')
  simulator.admin.complete(String(body.request_id))
  const result = await call(`${simulator.queueBase}/fal-ai/flux/requests/${body.request_id}`)
  const [file = ''] = urlsIn(result.body)
  t.match(file, 'https://v3.fal.media:8443/files/')
  const read = await raw(Number(port), `GET ${new URL(file).pathname} HTTP/1.1\r\nhost: v3.fal.media`)
  t.match(read, 'HTTP/1.1 200')
})

t.test('the backup hosts take the same calls; their links are of the main hosts', async (t) => {
  const simulator = await start(t)
  const answer = await call(`${simulator.url}/queue.falrun.com/fal-ai/flux/dev`, {
    method: 'POST',
    body: '{"prompt":"x"}',
  })
  t.equal(answer.statusCode, 200)
  t.match(answer.body.status_url, `${simulator.url}/queue.fal.run/fal-ai/flux/requests/`)
})

t.test('the backup port takes calls while those to the first are refused', async (t) => {
  const simulator = await start(t, { backupPort: 0 })
  const post = (base: string) =>
    call(`${base}/fal-ai/flux/dev`, { method: 'POST', body: '{"prompt":"failed over"}' })
  const backup = `${simulator.backupUrl}/queue.falrun.com`
  t.equal((await post(backup)).statusCode, 200)
  await simulator.admin.down('refuse')
  await t.rejects(post(simulator.queueBase))
  const answer = await post(backup)
  t.match(answer.body.status_url, `${simulator.backupUrl}/queue.fal.run/`)
  t.equal(simulator.admin.acceptedFor('failed over'), 2)
  await simulator.admin.up()
  t.equal((await post(simulator.queueBase)).statusCode, 200)
})

/** Node's clients choose the Host header themselves. */
function raw(port: number, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const body = '{"prompt":"x"}'
  socket.write(
    `${head}\r\nauthorization: Key a:b\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  return new Promise((resolve) => socket.once('close', () => resolve(text)))
}
