/** A link opens exactly the file it was made for, until it expires, and nobody else can make one. */
import t from 'tap'
import { createLinkSigner } from '../../../src/infra/archive/link-signer.ts'

const link = {
  key: 'c/2026/11/job_1/0-é.png',
  expiresAt: 1_000_000,
  contentType: 'image/png',
  fileName: 'é "quoted".png',
  inline: true,
}
const secret = 'a secret of some length'
const at = (now: number, key = secret) => createLinkSigner({ secret: key, now: () => now })

t.test('a signed link says everything needed to serve the file', (t) => {
  const token = at(0).sign(link)
  t.match(token, /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/, 'fits one path segment')
  t.same(at(999_999).verify(token), { type: 'valid', link })
  t.end()
})

t.test('a link that was given out by an older version stays good', (t) => {
  const old =
    'WyJjLzIwMjYvMTEvam9iXzEvMC3DqS5wbmciLDEwMDAwMDAsImltYWdlL3BuZyIsIsOpIFwicXVvdGVkXCIucG5nIix0cnVlXQ.FrxSpY1_GSCsUrTML_RUFfwV5y-dcXqQUX5_TdNiZ_w'
  t.same(at(0).verify(old), { type: 'valid', link })
  t.equal(at(0).sign(link), old)
  t.end()
})

t.test('a link ends at its time', (t) => {
  t.same(at(1_000_000).verify(at(0).sign(link)), { type: 'expired' })
  t.end()
})

t.test('any change of the token, and any other secret, is a forgery', (t) => {
  const token = at(0).sign(link)
  for (let place = 0; place < token.length; place++) {
    const changed = `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`
    t.same(at(0).verify(changed), { type: 'forged' }, `character ${place}`)
  }
  t.same(at(0, 'another secret of some length').verify(token), { type: 'forged' })
  for (const other of [
    '',
    '.',
    'a.b',
    `${token}.x`,
    `${token}=`,
    ` ${token}`,
    token.replace('.', ''),
    'x'.repeat(10_000),
  ]) {
    t.same(at(0).verify(other), { type: 'forged' }, other.slice(0, 20))
  }
  t.end()
})

t.test('a short secret stops the start', (t) => {
  t.throws(() => at(0, 'short'), /16 bytes/)
  t.end()
})
