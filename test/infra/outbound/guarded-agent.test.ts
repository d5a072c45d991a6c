/** The guard at connect time: no name, literal or redirect reaches the inside, and no packet is sent to try. */
import { createServer } from 'node:http'
import type { LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { AddressRefused, createGuardedAgent } from '../../../src/infra/outbound/guarded-agent.ts'
import { listen } from '../archive/listen.ts'

/** A server on this machine that must never be reached. */
async function canary(t: Test): Promise<{ port: string; visits: () => number }> {
  let visits = 0
  const server = createServer((_, answer) => answer.end('reached'))
  server.on('connection', () => {
    visits += 1
  })
  const base = await listen(t, server)
  return { port: new URL(base).port, visits: () => visits }
}

const answering = (...addresses: string[]): LookupFunction => {
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_host, options, callback) => {
    if (options.all === true) callback(null, all)
    else callback(null, all[0]?.address ?? '', all[0]?.family ?? 4)
  }
}

function agentFor(t: Test, lookup?: LookupFunction, named: string[] = []) {
  const agent = createGuardedAgent({
    allowPrivate: (host, port) => named.includes(host) || named.includes(`${host}:${port}`),
    connectTimeoutMs: 2000,
    ...(lookup === undefined ? {} : { lookup }),
  })
  t.teardown(() => agent.destroy())
  return agent
}

t.test('a literal address of the inside is refused in every notation', async (t) => {
  const { port, visits } = await canary(t)
  const agent = agentFor(t)
  const hosts = `127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 0177.1 017700000001 127.0.0.1.
    %31%32%37.0.0.1 １２７.0.0.1 127。0。0。1 0 0.0.0.0 [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [::127.0.0.1] [::] [64:ff9b::7f00:1] [::ffff:0:127.0.0.1] 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376
    [::ffff:169.254.169.254] [fd00:ec2::254] 10.0.0.1 167772161 0xa.1 012.1 192.168.1.1 3232235777 172.16.0.1 100.100.100.200
    168.63.129.16 224.0.0.1 255.255.255.255 [fe80::1] [fc00::1] [ff02::1] [2002:7f00:1::] [2001::1]`
  for (const host of hosts.trim().split(/\s+/)) {
    await t.rejects(request(`http://${host}:${port}/`, { dispatcher: agent }), AddressRefused, host)
  }
  t.equal(visits(), 0)
})

t.test('a name is refused when any of its addresses is of the inside', async (t) => {
  const { port, visits } = await canary(t)
  const answers = [
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['10.1.2.3'],
    ['169.254.169.254'],
    ['0.0.0.0'],
    ['64:ff9b::7f00:1'],
    ['8.8.8.8', '127.0.0.1'],
    ['127.0.0.1', '8.8.8.8'],
    ['2606:4700::1', 'fd00::1'],
    ['not-an-address'],
  ]
  for (const addresses of answers) {
    const agent = agentFor(t, answering(...addresses))
    for (const scheme of ['http', 'https']) {
      const asked = request(`${scheme}://rebinding.test:${port}/`, { dispatcher: agent })
      await t.rejects(asked, AddressRefused, addresses.join())
    }
  }
  await t.rejects(
    request(`http://localhost:${port}/`, { dispatcher: agentFor(t) }),
    AddressRefused,
    'localhost',
  )
  t.equal(visits(), 0)
})

t.test('a name that changes its answer gains nothing: what was checked is what is dialled', async (t) => {
  const { port, visits } = await canary(t)
  const asked: string[] = []
  const flipping: LookupFunction = (host, options, callback) => {
    asked.push(host)
    const address = host === 'named.test' ? '127.0.0.1' : '127.0.0.2'
    answering(address)(host, options, callback)
  }
  const agent = agentFor(t, flipping, ['named.test'])
  const first = await request(`http://named.test:${port}/`, { dispatcher: agent })
  t.equal(await first.body.text(), 'reached', 'a named host may be private')
  for (let round = 0; round < 3; round++) {
    const again = request(`http://flips.test:${port}/`, { dispatcher: agent })
    await t.rejects(again, AddressRefused, 'the open connection of the named host is not shared')
  }
  t.same(asked, ['named.test', 'flips.test', 'flips.test', 'flips.test'], 'one look-up for each connection')
  t.equal(visits(), 1)
})

t.test('a name allowed on one port is not allowed on another', async (t) => {
  const { port, visits } = await canary(t)
  const agent = agentFor(t, answering('127.0.0.1'), ['named.test:1'])
  await t.rejects(request(`http://named.test:${port}/`, { dispatcher: agent }), AddressRefused)
  t.equal(visits(), 0)
})

t.test('a failed look-up is passed on as it is', async (t) => {
  const failing: LookupFunction = (_host, _options, callback) =>
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '', 4)
  await t.rejects(request('http://none.test/', { dispatcher: agentFor(t, failing) }), { code: 'ENOTFOUND' })
})
