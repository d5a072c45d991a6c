/** Keys are stable, safe and readable, whatever a model calls its files. */
import fc from 'fast-check'
import t from 'tap'
import { objectKey, ownerOf, thumbnailObjectKey } from '../../../src/domain/media/object-key.ts'

const job = { clientId: 'cli_1', createdAt: Date.UTC(2026, 0, 31, 23, 59), jobId: 'job_2', index: 0 }
const nameOf = (fileName: string | null, contentType: string | null) =>
  objectKey({ ...job, fileName, contentType })
    .split('/')
    .slice(4)
    .join('/')

t.test('a key tells client, month, job, place and name', (t) => {
  const key = objectKey({ ...job, fileName: 'cat.png', contentType: 'image/png' })
  t.equal(key, 'cli_1/2026/01/job_2/0-cat.png')
  t.end()
})

t.test('a name keeps what is safe and gets the extension of its type', (t) => {
  for (const [fileName, contentType, expected] of [
    ['cat.png', 'image/jpeg', '0-cat.jpg'],
    ['cat.jpeg', 'image/jpeg', '0-cat.jpeg'],
    ['CAT.PNG', 'image/png', '0-CAT.png'],
    ['cat', 'video/mp4; codecs="avc1"', '0-cat.mp4'],
    ['cat.tar.gz', 'application/gzip', '0-cat.tar.gz'],
    ['cat.xyz', 'application/x-unheard-of', '0-cat.xyz'],
    ['model.usdz', 'application/zip', '0-model.usdz'],
    ['model.PLY', 'text/plain', '0-model.ply'],
    ['model.foo', 'application/zip', '0-model.zip'],
    ['model.obj', 'image/png', '0-model.png'],
    ['cat', null, '0-cat.bin'],
    [null, 'audio/wav', '0-file.wav'],
    ['', null, '0-file.bin'],
    ['.png', 'image/png', '0-png.png'],
    ['été à la mer.webp', 'image/webp', '0-ete-a-la-mer.webp'],
    ['写真.png', 'image/png', '0-file.png'],
    ['../../etc/passwd', null, '0-passwd.bin'],
    ['..\\..\\boot.ini', null, '0-boot.ini'],
    ['..', null, '0-file.bin'],
    ['a/../..', 'image/png', '0-file.png'],
    ['a\0b\nc.png', 'image/png', '0-a-b-c.png'],
    ['%2e%2e%2fx.png', 'image/png', '0-2e-2e-2fx.png'],
    ['x.png', 'constructor', '0-x.png'],
  ] as const) {
    t.equal(nameOf(fileName, contentType), expected, JSON.stringify([fileName, contentType]))
  }
  t.end()
})

t.test('no input makes a key that is unsafe, long, or different the next time', (t) => {
  const text = fc.string({ unit: 'grapheme', maxLength: 300 })
  const safe = fc.property(text, text, text, fc.option(text), (clientId, jobId, fileName, contentType) => {
    const parts = { ...job, clientId, jobId, fileName, contentType }
    const key = objectKey(parts)
    const segments = key.split('/')
    return (
      /^[A-Za-z0-9._/-]+$/.test(key) &&
      segments.length === 5 &&
      segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..') &&
      (segments[4] ?? '').length <= 102 &&
      key === objectKey(parts)
    )
  })
  t.doesNotThrow(() => fc.assert(safe, { numRuns: 1000 }))
  t.end()
})

t.test("a key tells whose it is, and what the service would not have made is nobody's", (t) => {
  const ids = {
    clientId: 'cli_01890000-0000-7000-8000-000000000001',
    jobId: 'job_01890000-0000-7000-8000-000000000002',
  }
  const parts = fc.record({
    createdAt: fc.integer({ min: 0, max: 4e12 }),
    index: fc.nat(2000),
    fileName: fc.option(fc.string({ unit: 'grapheme' })),
    contentType: fc.option(fc.constantFrom('image/png', 'video/mp4', 'x/y')),
  })
  const known = fc.property(parts, (rest) => {
    const [file, thumbnail] = [objectKey({ ...ids, ...rest }), thumbnailObjectKey({ ...ids, ...rest })]
    t.not(file, thumbnail)
    return [file, thumbnail].every((key) => JSON.stringify(ownerOf(key)) === JSON.stringify(ids))
  })
  t.doesNotThrow(() => fc.assert(known, { numRuns: 200 }))
  const folder = `${ids.clientId}/2026/01/${ids.jobId}`
  t.same(ownerOf(`${folder}/manifest.json`), ids)
  for (const key of [
    '',
    'manifest.json',
    folder,
    `${folder}/`,
    `${folder}/notes.txt`,
    `${folder}/0-a/b.png`,
    `${folder}/0-a b.png`,
    `set-aside/${folder}/0-a.png`,
    `x${folder}/0-a.png`,
    `probe/01890000-0000-7000-8000-000000000001.txt`,
    `${ids.clientId}/2026/${ids.jobId}/0-a.png`,
  ])
    t.equal(ownerOf(key), null, key)
  t.end()
})
