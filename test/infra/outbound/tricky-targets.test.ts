/** The table of targets that must never be fetched, through every door: as a file's own link, behind a redirect, and as the answer of FAL's DNS. */
import { createServer } from 'node:http'
import type { LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { createMediaSource } from '../../../src/infra/outbound/http-media-source.ts'
import { listen } from '../archive/listen.ts'

const words = (text: string): string[] => text.trim().split(/\s+/)

/** The inside of this machine, its network and its cloud, in every notation that a URL takes. */
const hosts = words(`
  127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 0177.1 017700000001
  127.0.0.1. %31%32%37.0.0.1 １２７.0.0.1 127。0。0。1 ①②⑦.⓪.⓪.① 0 0.0.0.0 0x0 localhost LOCALHOST localhost. a.localhost
  [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1]
  [64:ff9b::10.0.0.1] [2002:7f00:1::] [2001::1] [fe80::1] [fc00::1] [fd00:ec2::254] [ff02::1] [::ffff:a9fe:a9fe]
  169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 [::ffff:169.254.169.254] metadata.google.internal
  10.0.0.1 167772161 0xa.1 012.1 172.16.0.1 172.31.255.255 192.168.1.1 3232235777 100.64.0.1 100.100.100.200 168.63.129.16
  192.0.0.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 v3.fal.media.evil.test fal.media@127.0.0.1 evil-fal.media
`)

/** What a hostile or changing DNS may answer for a host of FAL's. */
const answers = words(`
  127.0.0.1 0.0.0.0 10.0.0.1 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 168.63.129.16 224.0.0.1 255.255.255.255
  ::1 :: ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 fe80::1 fc00::1 fd00:ec2::254 2002:7f00:1::
  8.8.8.8,127.0.0.1 2606:4700::1,fd00::1
`)

const answering = (addresses: string): LookupFunction => {
  const all = addresses.split(',').map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_host, options, callback) => {
    if (options.all === true) callback(null, all)
    else callback(null, all[0]?.address ?? '', all[0]?.family ?? 4)
  }
}

/** A server that must never be reached, and one of the operator's own that redirects to wherever it is told. */
async function setUp(t: Test) {
  let visits = 0
  const canary = createServer((_, answer) => answer.end('reached'))
  canary.on('connection', () => {
    visits += 1
  })
  const { port } = new URL(await listen(t, canary))
  const front = await listen(
    t,
    createServer((incoming, answer) => {
      const location = new URL(incoming.url ?? '', 'http://front').searchParams.get('to') ?? ''
      answer.writeHead(302, { location }).end()
    }),
  )
  const sourceWith = (lookup: LookupFunction) => {
    const source = createMediaSource({
      allowedHosts: [new URL(front).host],
      maxBytes: 1000,
      headersTimeoutMs: 2000,
      bodyTimeoutMs: 2000,
      lookup,
    })
    t.teardown(() => source.close())
    return source
  }
  return { port, front, sourceWith, visits: () => visits }
}

const refused = { name: 'ArchiveError', trouble: /^(?:refused|foreign)$/ }
const here = answering('127.0.0.1')

t.test('no tricky target is fetched, given outright or behind a redirect', async (t) => {
  const { port, front, sourceWith, visits } = await setUp(t)
  const source = sourceWith(here)
  t.ok(hosts.length >= 60, `${hosts.length} targets`)
  for (const host of hosts) {
    for (const target of [`http://${host}:${port}/`, `https://${host}:${port}/`, `https://${host}/`]) {
      await t.rejects(source.open(target), refused, target)
      const redirect = new URL('/', front)
      // As a server would send it: bytes only.
      redirect.searchParams.set(
        'to',
        encodeURI(target).replaceAll('%25', '%').replaceAll('%5B', '[').replaceAll('%5D', ']'),
      )
      await t.rejects(source.open(redirect.href), refused, `redirect to ${target}`)
    }
  }
  t.equal(visits(), 0, 'and no packet was sent to try')
})

t.test(
  'a host of FAL that resolves to the inside is not fetched, outright or behind a redirect',
  async (t) => {
    const { front, sourceWith, visits } = await setUp(t)
    for (const addresses of answers) {
      const source = sourceWith(answering(addresses))
      const target = 'https://v3.fal.media/files/a/cat.png'
      await t.rejects(source.open(target), refused, addresses)
      // The front's own name is an address, which is not looked up.
      await t.rejects(
        source.open(`${front}/?to=${encodeURIComponent(target)}`),
        refused,
        `redirect, ${addresses}`,
      )
    }
    t.equal(visits(), 0)
  },
)
