/** A sealed token opens under the secret and purpose that sealed it, and nothing else opens as one. */
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { sealBytes, sealFields } from '../../src/domain/sealed-token.ts'

const secret = 'a secret of some length'
const pair = Type.Tuple([Type.String(), Type.Number()])

t.test('fields come back under the same secret and purpose only', async (t) => {
  const token = sealFields(secret, 'one', pair).seal(['é', 1])
  t.match(token, /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/)
  t.strictSame(sealFields(secret, 'one', pair).open(token), ['é', 1])
  t.equal(sealFields(secret, 'two', pair).open(token), null, 'made for another purpose')
  t.equal(sealFields('another secret of some length', 'one', pair).open(token), null)
  t.equal(sealFields(secret, 'one', Type.Tuple([Type.String()])).open(token), null, 'of another shape')
})

t.test('a token longer than any of ours is none', async (t) => {
  const tokens = sealFields(secret, 'one', pair)
  t.equal(tokens.open(tokens.seal(['x'.repeat(8_192), 1])), null)
})

t.test('a secret that can be guessed seals nothing', async (t) => {
  t.throws(() => sealFields('short', 'one', pair), /16 bytes/)
})

t.test('bytes come back whole, and what is too short for a token is none', async (t) => {
  const tokens = sealBytes(secret, { macBytes: 24 })
  for (const body of ['', 'a', 'a longer body']) {
    const token = tokens.seal(Buffer.from(body))
    t.equal(tokens.open(token)?.toString(), body)
    t.equal(tokens.open(token.slice(0, -2)), null)
  }
  t.equal(tokens.open(''), null)
  t.equal(sealBytes('another', { macBytes: 24 }).open(tokens.seal(Buffer.from('a'))), null)
})
