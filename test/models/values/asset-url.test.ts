/** Input files come from the public internet over https, or in the request itself; never from inside a network. */
import t from 'tap'
import { assetProblem } from '../../../src/models/values/asset-url.ts'

const codeOf = (address: string, media: 'image' | 'video' | 'audio' = 'image') =>
  assetProblem(address, media)?.code ?? null

t.test('public https addresses are taken', async (t) => {
  const fine = [
    'https://v3.fal.media/files/a/b.png',
    'https://example.com:8443/a?b=c#d',
    'HTTPS://EXAMPLE.COM/a',
    'https://user:pass@example.com/a',
    'https://8.8.8.8/a.png',
    'https://[2606:4700::1111]/a.png',
    'https://bücher.example/a.png',
    'https://10.example.com/a',
  ]
  for (const address of fine) t.equal(codeOf(address), null, address)
})

t.test('private, loopback and special hosts are refused in every spelling', async (t) => {
  const hosts = [
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    'printer.local',
    'db.internal',
    'metadata.google.internal',
    'router.lan',
    'nas.home.arpa',
    'intranet',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0x7f.1',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    'user@127.0.0.1',
    'example.com@127.0.0.1',
  ]
  for (const host of hosts) t.equal(codeOf(`https://${host}/a.png`), 'private_host', host)
})

t.test('anything but https and data: is refused', async (t) => {
  for (const address of [
    'http://example.com/a.png',
    'ftp://example.com/a',
    'file:///etc/passwd',
    'a.png',
    '',
    '//x.y/z',
  ]) {
    t.equal(codeOf(address), 'bad_url', address)
  }
})

t.test('a data: URI must be base64 and hold the right kind of media', async (t) => {
  t.equal(codeOf('data:image/png;base64,iVBORw0KGgo='), null)
  t.equal(codeOf('DATA:IMAGE/PNG;BASE64,iVBORw0KGgo='), null)
  t.equal(codeOf('data:audio/wav;codecs=1;base64,AAAA', 'audio'), null)
  t.equal(codeOf('data:application/octet-stream;base64,AAAA', 'video'), null)
  for (const uri of [
    'data:video/mp4;base64,AAAA',
    'data:image/png,AAAA',
    'data:image/png;base64,',
    'data:',
    'data:,x',
  ]) {
    t.equal(codeOf(uri), 'bad_url', uri)
  }
  t.equal(
    codeOf(`data:image/png;base64,${'A'.repeat(5_000_000)}`),
    null,
    'megabytes are looked at no further than the head',
  )
})
