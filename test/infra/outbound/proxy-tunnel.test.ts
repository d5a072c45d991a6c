/** The operator's proxy: who goes through it, what it is told to connect to, and that the guard holds there too. */

import { createServer } from 'node:http'
import { type AddressInfo, connect, type LookupFunction } from 'node:net'
import { HeadBucketCommand } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { Agent, buildConnector, request } from 'undici'
import { createS3Client } from '../../../src/infra/archive/s3/s3-settings.ts'
import { AddressRefused, createGuardedAgent } from '../../../src/infra/outbound/guarded-agent.ts'
import { isProxied, viaProxy } from '../../../src/infra/outbound/proxy-tunnel.ts'
import { clientOf } from '../fal/misbehaving-server.ts'

/** A proxy that leads every tunnel to one server behind it, or refuses all of them. */
async function proxyOf(t: Test, refusal?: number) {
  const asked: string[] = []
  const behind = createServer((incoming, answer) => answer.end(`${incoming.headers.host} reached`))
  const proxy = createServer((incoming, answer) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    answer.end()
  })
  proxy.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`.trim())
    if (refusal !== undefined) return socket.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`)
    const target = connect((behind.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(target).pipe(socket)
    })
    for (const side of [socket, target]) side.on('error', () => side.destroy())
  })
  for (const server of [behind, proxy]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close().closeAllConnections())
  }
  return { asked, host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` }
}

const answering =
  (answer: string | NodeJS.ErrnoException): LookupFunction =>
  (_host, _options, callback) =>
    typeof answer === 'string' ? callback(null, [{ address: answer, family: 4 }]) : callback(answer, [])

t.test('hosts of NO_PROXY and the loopback are connected to directly', async (t) => {
  const proxy = {
    url: 'http://proxy:3128',
    except: ['internal.example', '.corp.example', 'minio:9000', '*.lab'],
  }
  for (const [host, port, through] of [
    ['queue.fal.run', 443, true],
    ['internal.example', 443, false],
    ['a.internal.example', 443, false],
    ['notinternal.example', 443, true],
    ['s3.corp.example', 80, false],
    ['minio', 9000, false],
    ['minio', 9001, true],
    ['x.lab', 80, false],
    ['127.0.0.1', 80, false],
    ['localhost', 80, false],
    ['::1', 80, false],
  ] as const)
    t.equal(isProxied(proxy, host, port), through, `${host}:${port}`)
  t.equal(isProxied({ ...proxy, except: ['*'] }, 'queue.fal.run', 443), false)
  t.equal(isProxied({ ...proxy, url: null }, 'queue.fal.run', 443), false)
})

t.test('a call goes through a tunnel by the target’s name, with the proxy’s password', async (t) => {
  const { asked, host } = await proxyOf(t)
  const proxy = { url: `http://me:p%40ss@${host}`, except: [] }
  const dispatcher = new Agent({ connect: viaProxy(proxy, buildConnector({}), 1_000) })
  t.teardown(() => dispatcher.destroy())
  const { body } = await request('http://api.example.com/x', { dispatcher })
  t.equal(await body.text(), 'api.example.com reached')
  t.strictSame(asked, [`CONNECT api.example.com:80 Basic ${Buffer.from('me:p@ss').toString('base64')}`])
})

t.test('behind the guard the proxy is told the address that was checked', async (t) => {
  const { asked, host } = await proxyOf(t)
  const agentFor = (lookup: LookupFunction, isTrusted = false) => {
    const agent = createGuardedAgent({
      allowPrivate: () => false,
      connectTimeoutMs: 1_000,
      lookup,
      proxy: { url: `http://${host}`, except: [] },
      isTrusted: () => isTrusted,
    })
    t.teardown(() => agent.destroy())
    return agent
  }
  const ask = (dispatcher: Agent) => request('http://files.example.com/x', { dispatcher })
  await (await ask(agentFor(answering('93.184.216.34')))).body.text()
  t.strictSame(asked.splice(0), ['CONNECT 93.184.216.34:80'])
  for (const isTrusted of [false, true])
    await t.rejects(ask(agentFor(answering('10.0.0.1'), isTrusted)), AddressRefused)
  const unknown = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  await t.rejects(ask(agentFor(answering(unknown))), { code: 'ENOTFOUND' })
  await t.rejects(
    request('http://169.254.169.254/latest', { dispatcher: agentFor(answering(unknown), true) }),
    AddressRefused,
  )
  t.strictSame(asked, [], 'the proxy was not asked for any of them')
  await (await ask(agentFor(answering(unknown), true))).body.text()
  t.strictSame(asked, ['CONNECT files.example.com:80'], 'FAL’s own names may be known to the proxy alone')
})

t.test('a proxy that refuses the tunnel leaves a submit surely unsent', async (t) => {
  const { asked, host } = await proxyOf(t, 403)
  const fal = clientOf(t, 'https://queue.fal.run', { proxy: { url: `http://${host}`, except: [] } })
  const submit = { endpointId: 'fal-ai/flux/dev', input: {}, webhookUrl: null, queue: {} }
  t.match(await fal.submit(submit), { type: 'later', code: 'FAL_UNAVAILABLE', reason: /PROXY_REFUSED/ })
  t.strictSame(asked, ['CONNECT queue.fal.run:443'])
})

t.test('the bucket is reached through the proxy, too', async (t) => {
  const { asked, host } = await proxyOf(t)
  const client = createS3Client({
    bucket: 'b',
    region: 'auto',
    endpoint: 'http://bucket.example.com',
    forcePathStyle: true,
    accessKeyId: 'id',
    secretAccessKey: 'secret',
    proxy: { url: `http://${host}`, except: [] },
  })
  t.teardown(() => client.destroy())
  await client.send(new HeadBucketCommand({ Bucket: 'b' })).catch(() => undefined)
  t.match(asked[0], /HEAD http:\/\/bucket\.example\.com\/b/)
})
