/** Reads duration and frame size out of the head of an MP4/MOV or WAV file; missing values are null. */

export interface ContainerFacts {
  /** Stored size. */
  width: number | null
  height: number | null
  /** Whether it is displayed rotated by 90 degrees. */
  isTurned: boolean
  durationSeconds: number | null
}

const nothing: ContainerFacts = { width: null, height: null, isTurned: false, durationSeconds: null }

/** ISO 14496-12: `moov` holds `mvhd` (time scale and duration) and a `tkhd` per track (frame size in 16.16, and a matrix that may turn it). */
export function readMp4Head(head: Buffer): ContainerFacts {
  const moov = boxes(head).find((box) => box.type === 'moov')
  if (moov === undefined) return nothing
  const inner = boxes(moov.content)
  const mvhd = inner.find((box) => box.type === 'mvhd')
  const frames = inner
    .filter((box) => box.type === 'trak')
    .flatMap((track) => boxes(track.content))
    .filter((box) => box.type === 'tkhd')
    .map((box) => frameSize(box.content))
  const frame = frames.find((size) => size !== null) ?? { width: null, height: null, isTurned: false }
  return { ...frame, durationSeconds: mvhd === undefined ? null : movieSeconds(mvhd.content) }
}

/** RIFF: `fmt ` has the bytes per second, `data` the number of bytes (0 or 2^32-1 when it was written as a stream). */
export function readWavHead(head: Buffer): ContainerFacts {
  if (head.length < 12 || head.toString('latin1', 8, 12) !== 'WAVE') return nothing
  let bytesPerSecond = 0
  for (let at = 12; at + 8 <= head.length; ) {
    const type = head.toString('latin1', at, at + 4)
    const size = head.readUInt32LE(at + 4)
    if (type === 'fmt ' && at + 20 <= head.length) bytesPerSecond = head.readUInt32LE(at + 16)
    if (type === 'data') {
      const isKnown = bytesPerSecond > 0 && size > 0 && size < 0xffffffff
      return isKnown ? { ...nothing, durationSeconds: size / bytesPerSecond } : nothing
    }
    at += 8 + size + (size % 2) // chunks are padded to even lengths
  }
  return nothing
}

interface Box {
  type: string
  /** As many bytes as are available. */
  content: Buffer
}

function boxes(data: Buffer): Box[] {
  const found: Box[] = []
  for (let at = 0; at + 8 <= data.length; ) {
    const short = data.readUInt32BE(at)
    const type = data.toString('latin1', at + 4, at + 8)
    const isLong = short === 1 && at + 16 <= data.length
    const headerBytes = isLong ? 16 : 8
    const size = isLong ? Number(data.readBigUInt64BE(at + 8)) : short
    // 0 means "to the end of the file".
    const end = size === 0 ? data.length : at + size
    if (end < at + headerBytes) break
    found.push({ type, content: data.subarray(at + headerBytes, end) })
    at = end
  }
  return found
}

function movieSeconds(mvhd: Buffer): number | null {
  const isLong = mvhd[0] === 1
  if (mvhd.length < (isLong ? 32 : 20)) return null
  const scale = mvhd.readUInt32BE(isLong ? 20 : 12)
  const duration = isLong ? Number(mvhd.readBigUInt64BE(24)) : mvhd.readUInt32BE(16)
  // All ones is "unknown"; 0 is what fragmented files say.
  const isKnown = scale > 0 && duration > 0 && duration < (isLong ? 2 ** 63 : 0xffffffff)
  return isKnown ? duration / scale : null
}

function frameSize(tkhd: Buffer): { width: number; height: number; isTurned: boolean } | null {
  const at = tkhd[0] === 1 ? 88 : 76
  if (tkhd.length < at + 8) return null
  // a, b, u, c, d, v, x, y, w of four bytes each: with a and d zero, what was across goes down.
  const [a, b, c, d] = [0, 4, 12, 16].map((place) => tkhd.readInt32BE(at - 36 + place))
  const isTurned = a === 0 && d === 0 && b !== 0 && c !== 0
  const width = tkhd.readUInt32BE(at) / 65_536
  const height = tkhd.readUInt32BE(at + 4) / 65_536
  if (width < 1 || height < 1) return null
  return { width: Math.round(width), height: Math.round(height), isTurned }
}
