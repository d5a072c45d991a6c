/** Inline media is decoded exactly or refused, never shortened. */
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import t from 'tap'
import { dataUriSource } from '../../../src/infra/outbound/data-uri.ts'

t.test('base64 and percent forms are decoded with their type', async (t) => {
  for (const [uri, content, contentType] of [
    ['data:image/png;base64,aGVsbG8=', 'hello', 'image/png'],
    ['data:image/png;base64,aGVsbG8', 'hello', 'image/png'],
    ['DATA:image/png;BASE64,aGVs\nbG8%3D', 'hello', 'image/png'],
    ['data:image/svg+xml;charset=utf-8,%3Csvg/%3E', '<svg/>', 'image/svg+xml;charset=utf-8'],
    ['data:,a%20b#fragment', 'a b', 'text/plain;charset=US-ASCII'],
    ['data:;charset=utf-8,é', 'é', 'text/plain;charset=utf-8'],
    ['data:;base64,_-8', Buffer.from([255, 239]).toString('latin1'), 'text/plain;charset=US-ASCII'],
    ['data:image/png;base64,', '', 'image/png'],
  ] as const) {
    const source = dataUriSource(uri)
    const expected = Buffer.from(content, content.charCodeAt(0) === 255 ? 'latin1' : 'utf8')
    t.same(source.body, expected, uri)
    t.match(source, { contentType, contentLength: expected.length })
  }
})

t.test('what cannot be decoded exactly is broken', (t) => {
  const bad = [
    '',
    'x',
    'data:',
    'data:image/png;base64',
    'data:;base64,a',
    'data:;base64,aGV!',
    'data:;base64,aGVsbG8==',
    'data:,%',
    'data:,%zz',
    'https://x,y',
    'data:;base64,aG=VsbG8',
    'data:;base64,%zz',
  ]
  for (const uri of bad) t.throws(() => dataUriSource(uri), { name: 'ArchiveError', trouble: 'broken' }, uri)
  t.end()
})

t.test('a large one is read piece by piece, so that no other job waits for it', async (t) => {
  const bytes = Buffer.alloc(1024 * 1024 + 1, 'x')
  const { body, contentLength } = dataUriSource(`data:video/mp4;base64,${bytes.toString('base64')}`)
  t.equal(contentLength, bytes.length)
  if (Buffer.isBuffer(body)) return t.fail('it is one piece')
  t.ok((await buffer(body)).equals(bytes))
})

t.test('any bytes survive', async (t) => {
  const survives = fc.property(fc.uint8Array({ maxLength: 200_000, size: 'max' }), (bytes) => {
    const { body } = dataUriSource(`data:x/y;base64,${Buffer.from(bytes).toString('base64')}`)
    return Buffer.isBuffer(body) && body.equals(bytes)
  })
  t.doesNotThrow(() => fc.assert(survives, { numRuns: 20 }))
})
