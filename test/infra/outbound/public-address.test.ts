/** The table of addresses nobody may aim our requests at. */
import fc from 'fast-check'
import t from 'tap'
import { isPublicAddress } from '../../../src/infra/outbound/public-address.ts'

const inside = `
  0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3
  169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
  192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
  255.255.255.255 168.63.129.16
  :: ::1 0:0:0:0:0:0:0:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
  ::ffff:a9fe:a9fe 0:0:0:0:0:ffff:c0a8:1 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1
  64:ff9b:1::8.8.8.8 100::1 2001::1 2001:2::1 2001:db8::1 2001:10::1 2001:20::1 2002:7f00:1:: 2002:a00:1:: 3fff::1
  5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 fe90::1 febf::1 fec0::1 ff02::1 ff0e::1 4000::1 8000::1
  fe80::1%25eth0 2606:4700::1%1`

const outside = `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.1.1
  172.15.255.255 172.32.0.0 192.167.1.1 192.169.1.1 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001::1
  ::ffff:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::808:808`

const notAddresses = [
  '',
  'localhost',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '010.8.8.8',
  '8.8.8.8.',
  ' 8.8.8.8',
  '1.2.3',
  '8.8.8.256',
  '[::1]',
  ':::',
  'g::1',
]

t.test('an address of the inside is never public, however it is written', (t) => {
  for (const address of words(inside)) t.equal(isPublicAddress(address), false, address)
  t.end()
})

t.test('an address of the internet is public', (t) => {
  for (const address of words(outside)) t.equal(isPublicAddress(address), true, address)
  t.end()
})

t.test('what is not a plain address is never public', (t) => {
  for (const text of notAddresses) t.equal(isPublicAddress(text), false, JSON.stringify(text))
  t.doesNotThrow(() =>
    fc.assert(fc.property(fc.string(), (text) => typeof isPublicAddress(text) === 'boolean')),
  )
  t.end()
})

t.test('an IPv4 address is judged alike when mapped into IPv6', (t) => {
  const same = fc.property(fc.ipV4(), (ip) => isPublicAddress(ip) === isPublicAddress(`::ffff:${ip}`))
  t.doesNotThrow(() => fc.assert(same, { numRuns: 1000 }))
  t.end()
})

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
