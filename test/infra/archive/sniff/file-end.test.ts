/** A file cut anywhere is told from a whole one by its own format, however it was chopped on the way. */
import fc from 'fast-check'
import t from 'tap'
import { createEndWatch } from '../../../../src/infra/archive/sniff/file-end.ts'
import { drawPng } from '../../../../src/simulator/media/png.ts'

function verdictOf(content: Buffer, pieceBytes = content.length): string {
  const watch = createEndWatch()
  for (let at = 0; at < content.length; at += pieceBytes) watch.push(content.subarray(at, at + pieceBytes))
  return watch.verdict()
}

const box = (type: string, content: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(content.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, content])
}
const longBox = (type: string, content: Buffer): Buffer => {
  const head = Buffer.alloc(16)
  head.writeUInt32BE(1)
  head.write(type, 4, 'latin1')
  head.writeBigUInt64BE(BigInt(content.length + 16), 8)
  return Buffer.concat([head, content])
}
const mp4 = Buffer.concat([
  box('ftyp', Buffer.from('isomxxxx')),
  longBox('mdat', Buffer.alloc(500, 7)),
  box('moov', Buffer.alloc(99, 1)),
])
const riff = (size: number) => {
  const head = Buffer.from('RIFF....WAVEfmt ')
  head.writeUInt32LE(size, 4)
  return Buffer.concat([head, Buffer.alloc(100)])
}
const jpeg = Buffer.concat([
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  Buffer.alloc(9000, 5),
  Buffer.from([0xff, 0xd9]),
])

const whole: [string, Buffer][] = [
  ['PNG', drawPng({ width: 64, height: 64, seed: 1, note: 'n', black: false })],
  ['MP4', mp4],
  ['WAV', riff(108)],
  ['JPEG', jpeg],
]

for (const [name, content] of whole) {
  t.test(`${name}: whole is whole, and cut anywhere is not`, async (t) => {
    t.equal(verdictOf(content), 'whole')
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: content.length - 1 }),
        (piece, length) => {
          if (verdictOf(content, piece) !== 'whole') return false
          const cut = verdictOf(content.subarray(0, length), piece)
          // Only a cut right between two boxes looks whole.
          return cut === 'cut' || (name === 'MP4' && [16, 532].includes(length) && cut === 'whole')
        },
      ),
      { numRuns: 300 },
    )
  })
}

t.test('what tells nothing is unknown, and nothing is ever thrown', async (t) => {
  t.equal(verdictOf(Buffer.from('plain text of some length')), 'unknown')
  t.equal(verdictOf(Buffer.from('tiny')), 'cut', 'no media file is that small')
  t.equal(verdictOf(riff(0)), 'unknown', 'written as a stream')
  t.equal(
    verdictOf(
      Buffer.concat([
        box('ftyp', Buffer.from('isom')),
        box('free', Buffer.alloc(3)),
        Buffer.from([0, 0, 0, 2, 1, 2, 3, 4]),
      ]),
    ),
    'unknown',
    'no box',
  )
  t.equal(
    verdictOf(
      Buffer.concat([
        box('ftyp', Buffer.from('isom')),
        Buffer.from([0, 0, 0, 0]),
        Buffer.from('mdat'),
        Buffer.alloc(50),
      ]),
    ),
    'whole',
    'open end',
  )
  const starts = ['89504e470d0a1a0a', '000000186674797069736f6d', '52494646', 'ffd8', '474946383961', '']
  fc.assert(
    fc.property(
      fc.constantFrom(...starts),
      fc.uint8Array({ maxLength: 400 }),
      fc.integer({ min: 1, max: 50 }),
      (start, rest, piece) =>
        ['whole', 'cut', 'unknown'].includes(
          verdictOf(Buffer.concat([Buffer.from(start, 'hex'), rest]), piece),
        ),
    ),
    { numRuns: 2000 },
  )
})
