/** `data:` URIs in requests and answers: named once, and restored exactly. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import {
  describeDataUris,
  holdsDescription,
  restoreDataUris,
  shortenInput,
} from '../../../src/domain/media/data-uris.ts'

const png = Buffer.from('the picture')
const uri = `data:image/png;base64,${png.toString('base64')}`
const named = {
  data: 'image/png',
  bytes: png.length,
  sha256: createHash('sha256').update(png).digest('hex'),
}

t.test('a data: URI is named by the type, size and hash of its file, wherever it stands', async (t) => {
  t.strictSame(describeDataUris({ a: [uri], b: { c: uri, d: 'data: a chart' } }), {
    a: [named],
    b: { c: named, d: 'data: a chart' },
  })
  t.strictSame(describeDataUris('data:text/plain;charset=utf-8,a%20b'), {
    data: 'text/plain',
    bytes: 3,
    sha256: createHash('sha256').update('a b').digest('hex'),
  })
  t.match(describeDataUris('data:text/plain,100%'), { data: 'text/plain', bytes: 4 })
})

t.test('a value without one is the very same value, and is not copied', async (t) => {
  const value = { prompt: 'data: none', list: [{ url: 'https://v3.fal.media/a.png' }] }
  t.equal(describeDataUris(value), value)
  t.equal(shortenInput(value).input, value)
  t.notOk(holdsDescription(value))
})

t.test('keys with a meaning for JavaScript are kept as keys', async (t) => {
  const value = JSON.parse(`{"__proto__":"${uri}"}`)
  t.equal(JSON.stringify(describeDataUris(value)), JSON.stringify({ ['__proto__']: named }))
})

t.test('what is shortened alike is restored from the input, byte for byte', async (t) => {
  const content = fc.uint8Array({ minLength: 1, maxLength: 8 })
  const anUri = fc
    .tuple(fc.constantFrom('image/png', 'IMAGE/PNG', 'audio/mpeg'), content)
    .map(([type, bytes]) => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`)
  const leaf = fc.oneof(anUri, fc.string(), fc.integer(), fc.constant(null))
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 3 }), tie('node'), { maxKeys: 3 }),
    ),
  })).node
  fc.assert(
    fc.property(tree, tree, (input, params) => {
      const { alike } = shortenInput({ input })
      const both = { params, again: input }
      t.equal(JSON.stringify(restoreDataUris(alike(both), { input })), JSON.stringify(both))
    }),
    { numRuns: 300 },
  )
  const { input, alike } = shortenInput({ image_url: uri })
  t.strictSame([input, alike({ inputImageUrl: uri })], [{ image_url: named }, { inputImageUrl: named }])
  t.ok(holdsDescription(input))
  const other = 'data:image/png;base64,b3RoZXI='
  t.strictSame(alike({ mask: other }), { mask: other }, 'a file that the input does not hold stays whole')
})
