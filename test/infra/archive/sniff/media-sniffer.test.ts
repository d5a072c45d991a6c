/** A file's head tells type and dimensions without changing, delaying or failing the file. */

import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { fileTypeFromBuffer } from 'file-type'
import t from 'tap'
import { createMediaSniffer, describeHead } from '../../../../src/infra/archive/sniff/media-sniffer.ts'

/** An empty ID3 tag and a frame header: 128 kbit/s, 44.1 kHz. */
const mp3 = Buffer.concat([
  Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1'),
  Buffer.from('fffb9064', 'hex'),
  Buffer.alloc(500),
])
const unknown = { contentType: null, width: null, height: null, stored: null, durationSeconds: null }

t.test('images, video and sound are told by their heads', async (t) => {
  const facts = { ...unknown, width: 640, height: 360 }
  t.same(await describeHead(png(640, 360)), { ...facts, contentType: 'image/png' })
  t.same(await describeHead(gif(640, 360)), { ...facts, contentType: 'image/gif' })
  t.same(await describeHead(jpeg(640, 360)), { ...facts, contentType: 'image/jpeg' })
  t.same(await describeHead(webp(640, 360)), { ...facts, contentType: 'image/webp' })
  for (const version of [0, 1] as const) {
    const movie = mp4({ version, width: 640, height: 360, seconds: 5.25 })
    t.same(await describeHead(movie), { ...facts, contentType: 'video/mp4', durationSeconds: 5.25 })
  }
  t.same(await describeHead(wav(2.5)), { ...unknown, contentType: 'audio/wav', durationSeconds: 2.5 })
  t.same(
    await describeHead(wav(null)),
    { ...unknown, contentType: 'audio/wav' },
    'a stream of unknown length',
  )
  t.same(await describeHead(mp3), { ...unknown, contentType: 'audio/mpeg' })
  t.same(await describeHead(Buffer.from('<html>not found</html>')), unknown)
  t.same(await describeHead(Buffer.alloc(0)), unknown)
})

t.test(
  'what says that it lies on its side has the size it is shown with, and the stored one beside it',
  async (t) => {
    for (const orientation of [1, 2, 3, 4]) {
      const { width, height, stored } = await describeHead(jpeg(40, 20, orientation))
      t.same([width, height, stored], [40, 20, null], `EXIF ${orientation}`)
    }
    for (const orientation of [5, 6, 7, 8]) {
      const { width, height, stored } = await describeHead(jpeg(40, 20, orientation))
      t.same([width, height, stored], [20, 40, { width: 40, height: 20 }], `EXIF ${orientation}`)
    }
    for (const version of [0, 1] as const) {
      const movie = { version, width: 1920, height: 1080, seconds: 1 }
      for (const [b, c] of [
        [1, -1],
        [-1, 1],
      ] as const) {
        const turned = await describeHead(mp4({ ...movie, matrix: [0, b, c, 0] }))
        t.match(turned, { width: 1080, height: 1920, stored: { width: 1920, height: 1080 } })
      }
      for (const matrix of [
        [1, 0, 0, 1],
        [-1, 0, 0, -1],
      ] as const)
        t.match(await describeHead(mp4({ ...movie, matrix })), { width: 1920, height: 1080, stored: null })
    }
  },
)

t.test('a picture whose main brand is a general one is known by the others', async (t) => {
  const picture = (...brands: string[]) =>
    Buffer.concat([box('ftyp', Buffer.from(`mif1\0\0\0\0${brands.join('')}`, 'latin1')), Buffer.alloc(300)])
  t.equal((await describeHead(picture('mif1', 'miaf', 'avif'))).contentType, 'image/avif')
  t.equal((await describeHead(picture('mif1', 'heic'))).contentType, 'image/heic')
  t.equal((await describeHead(picture('mif1', 'miaf'))).contentType, 'image/heif')
})

t.test('drawings and models in text are known by how they begin', async (t) => {
  const typeOf = async (text: string) => (await describeHead(Buffer.from(text))).contentType
  for (const prolog of [
    '',
    '\ufeff',
    '<?xml version="1.0"?>\n',
    '<!-- made by <svg> hand -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n ',
  ])
    t.equal(await typeOf(`${prolog}<svg width="4"><rect/></svg>`), 'image/svg+xml', prolog)
  t.equal(await typeOf('<?xml version="1.0"?><note>an <svg></note>'), 'application/xml')
  t.equal(await typeOf('<!-- never closed'), null)
  t.equal(await typeOf('ply\nformat binary_little_endian 1.0\n'), 'model/ply')
  t.equal(await typeOf('ply is a wood'), null)
  t.equal(await typeOf(`${' '.repeat(300_000)}<svg>`), null, 'looked for at the start only')
})

t.test('garbage, and known heads that are cut or damaged, yield nulls but no failure', async (t) => {
  const samples = [
    png(64, 64),
    gif(64, 64),
    jpeg(64, 64),
    webp(64, 64),
    wav(1),
    mp4({ version: 1, width: 64, height: 64, seconds: 1 }),
  ]
  const damaged = fc.tuple(
    fc.constantFrom(...samples),
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(300),
    fc.nat(300),
  )
  const survives = fc.asyncProperty(damaged, async ([sample, noise, at, length]) => {
    const bytes = Buffer.concat([sample.subarray(0, at), noise, sample.subarray(at + noise.length)])
    const facts = await describeHead(bytes.subarray(0, length))
    return [facts.width, facts.height, facts.durationSeconds].every((fact) => fact === null || fact > 0)
  })
  await t.resolves(fc.assert(survives, { numRuns: 2000 }))
})

t.test('the bytes pass unchanged, and the facts are known before anybody reads', async (t) => {
  const content = Buffer.concat([png(10, 20), Buffer.alloc(3_000_000, 'x')])
  const pieces = Array.from({ length: 300 }, (_, n) => content.subarray(n * 10_007, (n + 1) * 10_007))
  const { body, sniffed } = createMediaSniffer().sniff(Readable.from(pieces))
  t.match(await sniffed, { contentType: 'image/png', width: 10, height: 20 })
  t.ok((await buffer(body)).equals(content.subarray(0, 300 * 10_007)))
})

t.test('a source is not read ahead of its reader beyond a bound', async (t) => {
  let taken = 0
  const endless = Readable.from(
    (function* () {
      for (;;) {
        taken += 65_536
        yield Buffer.alloc(65_536)
      }
    })(),
  )
  const { body, sniffed } = createMediaSniffer().sniff(endless)
  await sniffed
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(taken < 4 * 1024 * 1024, `${taken} bytes taken`)
  body.destroy()
  await new Promise((resolve) => endless.once('close', resolve))
  t.ok(endless.destroyed, 'a dropped copy frees its source')
})

t.test('a source that fails passes its own error on, and the facts still settle', async (t) => {
  const source = new PassThrough()
  const { body, sniffed } = createMediaSniffer().sniff(source)
  source.write(png(3, 4))
  const failure = new Error('cut')
  setImmediate(() => source.destroy(failure))
  t.match(await sniffed, { contentType: 'image/png', width: 3, height: 4 })
  await t.rejects(buffer(body), failure)
})

function png(width: number, height: number): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  return Buffer.concat([
    head,
    u32(width),
    u32(height),
    Buffer.from('0806000000', 'hex'),
    u32(0),
    u32(0),
    Buffer.from('IDAT'),
    u32(0),
  ])
}

function gif(width: number, height: number): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt16LE(width, 0)
  size.writeUInt16LE(height, 2)
  return Buffer.concat([Buffer.from('GIF89a'), size, Buffer.alloc(20)])
}

function jpeg(width: number, height: number, orientation = 1): Buffer {
  const app0 = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')
  // One entry of a TIFF directory: tag 0x0112, a short.
  const tiff = `4d4d002a00000008000101120003000000010${`00${orientation}`.slice(-3)}000000000000`
  const exif = Buffer.concat([
    Buffer.from('ffe1', 'hex'),
    u16(2 + 6 + tiff.length / 2),
    Buffer.from('Exif\0\0', 'latin1'),
  ])
  const frame = Buffer.from('ffc0001108', 'hex')
  const size = Buffer.alloc(4)
  size.writeUInt16BE(height, 0)
  size.writeUInt16BE(width, 2)
  return Buffer.concat([
    app0,
    ...(orientation === 1 ? [] : [exif, Buffer.from(tiff, 'hex')]),
    frame,
    size,
    Buffer.from('03012200021101031101', 'hex'),
    Buffer.from('ffd9', 'hex'),
  ])
}

function webp(width: number, height: number): Buffer {
  const size = Buffer.alloc(10)
  size.writeUIntLE(width - 1, 4, 3)
  size.writeUIntLE(height - 1, 7, 3)
  const chunk = Buffer.concat([Buffer.from('VP8X\x0a\0\0\0', 'latin1'), size])
  return Buffer.concat([Buffer.from('RIFF\x16\0\0\0WEBP', 'latin1'), chunk])
}

function wav(seconds: number | null): Buffer {
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(8000, 4)
  format.writeUInt32LE(16_000, 8)
  const dataBytes = seconds === null ? 0xffffffff : seconds * 16_000
  return Buffer.concat([
    Buffer.from('RIFF\xff\xff\xff\x7fWAVE', 'latin1'),
    Buffer.from('LIST\x03\0\0\0abc\0', 'latin1'),
    Buffer.from('fmt \x10\0\0\0', 'latin1'),
    format,
    Buffer.from('data'),
    u32(dataBytes).reverse(),
    Buffer.alloc(32),
  ])
}

interface Movie {
  version: 0 | 1
  width: number
  height: number
  seconds: number
  /** a, b, c, d. */
  matrix?: readonly number[]
}

function mp4(movie: Movie): Buffer {
  const isLong = movie.version === 1
  const times = Buffer.alloc(isLong ? 16 : 8)
  const duration = isLong ? Buffer.concat([u32(0), u32(movie.seconds * 1000)]) : u32(movie.seconds * 1000)
  const version = Buffer.from([movie.version, 0, 0, 0])
  const header = box('mvhd', Buffer.concat([version, times, u32(1000), duration, Buffer.alloc(80)]))
  const track = (width: number, height: number) => {
    const before = Buffer.concat([
      version,
      times,
      u32(1),
      u32(0),
      duration,
      Buffer.alloc(16),
      matrixOf(movie.matrix ?? [1, 0, 0, 1]),
    ])
    return box('trak', box('tkhd', Buffer.concat([before, u32(width * 65_536), u32(height * 65_536)])))
  }
  const moov = box('moov', Buffer.concat([header, track(0, 0), track(movie.width, movie.height)]))
  const ftyp = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2avc1mp41', 'latin1'))
  return Buffer.concat([ftyp, box('uuid', Buffer.alloc(40)), moov, box('mdat', Buffer.alloc(64))])
}

function box(type: string, content: Buffer): Buffer {
  return Buffer.concat([u32(content.length + 8), Buffer.from(type), content])
}

/** In 16.16; the third column is 0, 0, 1 in 2.30. */
function matrixOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Buffer {
  const bytes = Buffer.alloc(36)
  for (const [at, value] of [
    [0, a],
    [4, b],
    [12, c],
    [16, d],
  ] as const)
    bytes.writeInt32BE(value * 65_536, at)
  bytes.writeInt32BE(0x40000000, 32)
  return bytes
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

t.test('the types that are told at once are those that the full look would find', async (t) => {
  for (const kind of [
    'isom',
    'iso2',
    'iso5',
    'iso6',
    'mp41',
    'mp42',
    'avc1',
    'M4A ',
    'qt  ',
    'avif',
    'heic',
  ]) {
    const head = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${kind}`), Buffer.alloc(300)])
    t.equal((await describeHead(head)).contentType, (await fileTypeFromBuffer(head))?.mime, kind)
  }
  for (const text of ['RIFF1234WEBPVP8 ', 'RIFF1234WAVEfmt ', 'RIFX1234WEBPVP8 ', 'ftypisomftypisom']) {
    const head = Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(300)])
    t.equal((await describeHead(head)).contentType, (await fileTypeFromBuffer(head))?.mime ?? null, text)
  }
})
