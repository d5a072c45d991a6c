/** Makes a real MP4 (H.264, `moov` before `mdat`) with a provenance `uuid` box that makes each file's bytes its own. */

import { createRandom } from '../base/random.ts'
import { keyPicture, type PictureSize, pictureParameters, repeatPicture, sequenceParameters } from './h264.ts'
import { box, fixed16, fullBox, u16, u32 } from './mp4-box.ts'

export interface Mp4Options extends PictureSize {
  readonly seconds: number
  readonly fps: number
  readonly seed: number
  /** JSON of the provenance box. */
  readonly note: string
}

/** The extended type of a C2PA box; its content here is the note, not a signed manifest. */
const provenanceType = Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex')
const secondsPerKeyPicture = 2
const matrix = Buffer.concat([1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30].map(u32))

export function makeMp4(options: Mp4Options): Buffer {
  const samples = encode(options)
  const start = Buffer.concat([
    box('ftyp', Buffer.from('isom'), u32(512), Buffer.from('isomiso2avc1mp41')),
    box('uuid', provenanceType, Buffer.from(options.note)),
  ])
  const moovBytes = movie(options, samples, 0).length
  const mdatStart = start.length + moovBytes + 8
  return Buffer.concat([
    start,
    movie(options, samples, mdatStart),
    box('mdat', ...samples.map((sample) => sample.data)),
  ])
}

interface Sample {
  readonly data: Buffer
  readonly isKey: boolean
}

function encode(options: Mp4Options): readonly Sample[] {
  const random = createRandom(options.seed)
  const keyEvery = Math.max(1, Math.round(options.fps * secondsPerKeyPicture))
  return Array.from({ length: frameCount(options) }, (_, frame) => {
    const sinceKey = frame % keyEvery
    const unit =
      sinceKey === 0 ? keyPicture(options, random, frame / keyEvery) : repeatPicture(options, sinceKey)
    return { data: Buffer.concat([u32(unit.length), unit]), isKey: sinceKey === 0 }
  })
}

export function frameCount({ seconds, fps }: { seconds: number; fps: number }): number {
  return Math.max(1, Math.round(seconds * fps))
}

function movie(options: Mp4Options, samples: readonly Sample[], dataStart: number): Buffer {
  const duration = u32(Math.round((samples.length / options.fps) * 1000))
  const times = Buffer.concat([u32(0), u32(0)])
  const movieHeader = fullBox(
    'mvhd',
    0,
    0,
    times,
    u32(1000),
    duration,
    u32(1 << 16),
    u16(0x100),
    Buffer.alloc(10),
    matrix,
    Buffer.alloc(24),
    u32(2),
  )
  const trackHeader = fullBox(
    'tkhd',
    0,
    3,
    times,
    u32(1),
    u32(0),
    duration,
    Buffer.alloc(16),
    matrix,
    fixed16(options.width),
    fixed16(options.height),
  )
  const scale = u32(options.fps * 1000)
  const mediaHeader = fullBox('mdhd', 0, 0, times, scale, u32(samples.length * 1000), u16(0x55c4), u16(0))
  const handler = fullBox('hdlr', 0, 0, u32(0), Buffer.from('vide'), Buffer.alloc(12), Buffer.from('Video\0'))
  const dataInformation = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)))
  const information = box(
    'minf',
    fullBox('vmhd', 0, 1, Buffer.alloc(8)),
    dataInformation,
    sampleTable(options, samples, dataStart),
  )
  return box('moov', movieHeader, box('trak', trackHeader, box('mdia', mediaHeader, handler, information)))
}

function sampleTable(options: Mp4Options, samples: readonly Sample[], dataStart: number): Buffer {
  const keys = samples.flatMap((sample, i) => (sample.isKey ? [u32(i + 1)] : []))
  return box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry(options)),
    fullBox('stts', 0, 0, u32(1), u32(samples.length), u32(1000)),
    fullBox('stss', 0, 0, u32(keys.length), ...keys),
    fullBox('stsc', 0, 0, u32(1), u32(1), u32(samples.length), u32(1)),
    fullBox('stsz', 0, 0, u32(0), u32(samples.length), ...samples.map((sample) => u32(sample.data.length))),
    fullBox('stco', 0, 0, u32(1), u32(dataStart)),
  )
}

function sampleEntry(options: Mp4Options): Buffer {
  const [sps, pps] = [sequenceParameters(options), pictureParameters()]
  const configuration = box(
    'avcC',
    Buffer.from([1, 66, 0xc0, 51, 0xff, 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  )
  const resolution = Buffer.concat([u32(72 << 16), u32(72 << 16), u32(0)])
  return box(
    'avc1',
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(16),
    u16(options.width),
    u16(options.height),
    resolution,
    u16(1),
    Buffer.alloc(32),
    u16(24),
    u16(0xffff),
    configuration,
  )
}
