/** Which type a file is stored with and whether it may be shown: bytes are believed before words, scripts are never shown. */
import t from 'tap'
import {
  isInlineSafe,
  isPageInsteadOfMedia,
  isTypeAllowed,
  judgeType,
} from '../../../src/domain/media/media-type.ts'

t.test('what a browser could run is never shown in place', (t) => {
  for (const type of [
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/xml',
    'application/pdf',
    'image/png/html',
    '',
    'IMAGE/SVG+XML; charset=x',
    'video/',
    'text/javascript',
  ])
    t.equal(isInlineSafe(type), false, type)
  for (const type of ['image/png', 'IMAGE/JPEG', 'video/mp4; codecs=avc1', 'audio/vnd.wave', 'image/webp'])
    t.equal(isInlineSafe(type), true, type)
  t.end()
})

t.test('the bytes win over the declared type, unless they say less', (t) => {
  const rows: [string | null, string | null, string, boolean][] = [
    ['image/jpeg', 'image/png', 'image/png', true],
    ['text/html', 'image/png', 'image/png', true],
    ['image/jpg', 'image/jpeg', 'image/jpg', false],
    ['audio/mp4', 'video/mp4', 'audio/mp4', false],
    ['image/svg+xml', 'application/xml', 'image/svg+xml', false],
    ['model/gltf-binary', 'application/octet-stream', 'model/gltf-binary', false],
    ['application/octet-stream', 'video/mp4', 'video/mp4', false],
    [null, 'audio/mpeg', 'audio/mpeg', false],
    ['image/PNG; x=1', null, 'image/png', false],
    [null, null, 'application/octet-stream', false],
  ]
  for (const [declared, real, stored, mismatch] of rows) {
    const judged = judgeType(declared, real, null)
    t.equal(judged.contentType, stored, `${declared} / ${real}`)
    t.equal(judged.mismatch !== null, mismatch, `${declared} / ${real}`)
  }
  t.end()
})

t.test('the name tells formats apart whose bytes look alike, unless the bytes contradict it', (t) => {
  const zip = 'application/zip'
  const rows: [string, string | null, string | null, string][] = [
    ['model.usdz', 'application/octet-stream', zip, 'model/vnd.usdz+zip'],
    ['model.USDZ', zip, zip, 'model/vnd.usdz+zip'],
    ['model.3mf', 'binary/octet-stream', zip, 'model/3mf'],
    ['weights.pt', null, zip, 'application/octet-stream'],
    ['place.kmz', null, zip, 'application/vnd.google-earth.kmz'],
    ['files.zip', 'application/octet-stream', zip, zip],
    ['model.usdz', 'application/octet-stream', null, 'application/octet-stream'],
    ['model.usdz', 'image/png', 'image/png', 'image/png'],
    ['model.obj', 'application/octet-stream', null, 'model/obj'],
    // What Python's table of types calls it.
    ['model.obj', 'application/x-tgif', null, 'model/obj'],
    ['model.obj', 'text/plain', 'text/plain', 'model/obj'],
    ['scene.gltf', null, 'application/json', 'model/gltf+json'],
    ['scan.ply', 'application/octet-stream', null, 'model/ply'],
    ['part.stl', 'application/vnd.ms-pki.stl', null, 'model/stl'],
    ['drawing.svg', 'application/octet-stream', 'application/xml', 'image/svg+xml'],
    ['drawing.svg', 'application/octet-stream', 'image/png', 'image/png'],
    ['page.html', 'application/octet-stream', null, 'application/octet-stream'],
    ['toString', 'application/octet-stream', null, 'application/octet-stream'],
  ]
  for (const [name, declared, real, stored] of rows)
    t.equal(judgeType(declared, real, name).contentType, stored, `${name} as ${declared}, found ${real}`)
  t.end()
})

t.test('types are allowed by name or by group', (t) => {
  t.ok(isTypeAllowed('image/png', []))
  t.ok(isTypeAllowed('image/png; q=1', ['image/*']))
  t.ok(isTypeAllowed('video/mp4', ['image/*', 'video/mp4']))
  t.notOk(isTypeAllowed('video/webm', ['image/*', 'video/mp4']))
  t.end()
})

t.test('a page in place of a picture is known', (t) => {
  t.ok(isPageInsteadOfMedia('image/png', 'text/html; charset=utf-8'))
  t.notOk(isPageInsteadOfMedia('text/html', 'text/html'))
  t.notOk(isPageInsteadOfMedia(null, 'text/html'))
  t.end()
})
