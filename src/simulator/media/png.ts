/** Draws a real PNG from a seed: a grid of colours with the request's note inside, so that no two files are the same. */

import { crc32, deflateSync } from 'node:zlib'
import { createRandom } from '../base/random.ts'

export interface PngOptions {
  readonly width: number
  readonly height: number
  readonly seed: number
  /** Written into a text chunk, so that the bytes are unique. */
  readonly note: string
  readonly black?: boolean
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Cells along the longer side; 16 palette colours at 4 bits a pixel keep a large picture cheap to pack. */
const cells = 16
const paletteColours = 16

export function drawPng({ width, height, seed, note, black = false }: PngOptions): Buffer {
  const random = createRandom(seed)
  const palette = Buffer.from(
    Array.from({ length: paletteColours * 3 }, () => (black ? 0 : 32 + random.below(224))),
  )
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 4
  header[9] = 3
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('tEXt', Buffer.from(`Comment\0${note}`, 'latin1')),
    chunk(
      'IDAT',
      deflateSync(
        drawRows(width, height, () => random.below(paletteColours)),
        { level: 1 },
      ),
    ),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Rows of one filter byte and two pixels a byte; every row of a cell is the same. */
function drawRows(width: number, height: number, pickColour: () => number): Buffer {
  const rowBytes = 1 + Math.ceil(width / 2)
  const cell = Math.max(2, Math.ceil(Math.max(width, height) / cells / 2) * 2)
  const rows = Buffer.alloc(rowBytes * height)
  for (let top = 0; top < height; top += cell) {
    const first = top * rowBytes
    for (let left = 0; left < width; left += cell) {
      const start = first + 1 + left / 2
      rows.fill(pickColour() * 0x11, start, Math.min(start + cell / 2, first + rowBytes))
    }
    const last = Math.min(top + cell, height)
    for (let y = top + 1; y < last; y++) rows.copyWithin(y * rowBytes, first, first + rowBytes)
  }
  return rows
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(data.length + 12)
  out.writeUInt32BE(data.length, 0)
  out.write(type, 4, 'latin1')
  data.copy(out, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length)
  return out
}
