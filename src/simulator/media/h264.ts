/**
 * Writes the least H.264 that every player decodes: colour bands as intra pictures, then skipped pictures that repeat
 * them. Baseline profile, CAVLC (ITU-T H.264 7.3, 9.2). A band begins with one uncompressed macroblock; the rest of
 * it is predicted from its left or upper neighbour without a residual, so a 1080p picture takes about 10 KB.
 */

import type { Random } from '../base/random.ts'
import { BitWriter } from './bit-writer.ts'

export interface PictureSize {
  readonly width: number
  readonly height: number
}

const bands = 6
const nalSps = 0x67
const nalPps = 0x68
const nalKey = 0x65
const nalRepeat = 0x41

export function sequenceParameters({ width, height }: PictureSize): Buffer {
  const { columns, rows } = macroblocks({ width, height })
  const bits = new BitWriter().bits(66, 8).bits(0xc0, 8).bits(51, 8)
  bits.ue(0).ue(4).ue(2).ue(1).bits(0, 1)
  bits
    .ue(columns - 1)
    .ue(rows - 1)
    .bits(1, 1)
    .bits(1, 1)
  const cropRight = (columns * 16 - width) / 2
  const cropBottom = (rows * 16 - height) / 2
  bits.bits(cropRight + cropBottom > 0 ? 1 : 0, 1)
  if (cropRight + cropBottom > 0) bits.ue(0).ue(cropRight).ue(0).ue(cropBottom)
  return bits.bits(0, 1).nal(nalSps)
}

/** One slice group, no weighting, the loop filter under the slice's control. */
export function pictureParameters(): Buffer {
  const bits = new BitWriter().ue(0).ue(0).bits(0, 1).bits(0, 1).ue(0).ue(0).ue(0)
  return bits.bits(0, 1).bits(0, 2).se(0).se(0).se(0).bits(1, 1).bits(0, 1).bits(0, 1).nal(nalPps)
}

/** An intra picture of horizontal bands whose colours come from `random`. */
export function keyPicture(size: PictureSize, random: Random, index: number): Buffer {
  const { columns, rows } = macroblocks(size)
  const bandRows = Math.max(1, Math.ceil(rows / bands))
  const bits = new BitWriter()
    .ue(0)
    .ue(7)
    .ue(0)
    .bits(0, 8)
    .ue(index % 2)
  bits.bits(0, 1).bits(0, 1).se(0).ue(1)
  for (let row = 0; row < rows; row++) {
    const startsBand = row % bandRows === 0
    const followsStart = row > 0 && (row - 1) % bandRows === 0
    for (let column = 0; column < columns; column++) {
      if (startsBand && column === 0) plainMacroblock(bits, random)
      else predictedMacroblock(bits, column === 0, startsBand ? column === 1 : column === 0 && followsStart)
    }
  }
  return bits.nal(nalKey)
}

/** A picture that repeats the one before: every macroblock skipped. `number` counts from the last key picture. */
export function repeatPicture(size: PictureSize, number: number): Buffer {
  const { columns, rows } = macroblocks(size)
  const bits = new BitWriter()
    .ue(0)
    .ue(5)
    .ue(0)
    .bits(number & 0xff, 8)
  bits.bits(0, 1).bits(0, 1).bits(0, 1).se(0).ue(1)
  return bits.ue(columns * rows).nal(nalRepeat)
}

function macroblocks({ width, height }: PictureSize) {
  return { columns: Math.ceil(width / 16), rows: Math.ceil(height / 16) }
}

/** I_PCM: 256 luma and 2 x 64 chroma samples as they are. */
function plainMacroblock(bits: BitWriter, random: Random): void {
  const luma = 48 + random.below(160)
  const [blue, red] = [64 + random.below(128), 64 + random.below(128)]
  bits.ue(25).align()
  for (let i = 0; i < 256; i++) bits.bits(luma, 8)
  for (let i = 0; i < 64; i++) bits.bits(blue, 8)
  for (let i = 0; i < 64; i++) bits.bits(red, 8)
}

/**
 * I_16x16 without residual, copied from above (mode 0) or from the left (mode 1). An uncompressed neighbour counts as
 * 16 coefficients, which selects the fixed-length code for "no coefficients" (9.2.1).
 */
function predictedMacroblock(bits: BitWriter, fromAbove: boolean, besidePlain: boolean): void {
  bits.ue(fromAbove ? 1 : 2)
  bits.ue(fromAbove ? 2 : 1)
  bits.se(0)
  if (besidePlain) bits.bits(0b000011, 6)
  else bits.bits(1, 1)
}
