/**
 * Checks, while a file streams, whether it ends where its own format says it should, which detects most truncated
 * files.
 */

export interface EndWatch {
  push(chunk: Buffer): void
  /** `unknown` for formats without that information. Valid after the last chunk. */
  verdict(): 'whole' | 'cut' | 'unknown'
}

export function createEndWatch(): EndWatch {
  let start: Buffer = Buffer.alloc(0)
  let watch: EndWatch | null = null
  return {
    push(chunk) {
      if (watch !== null) return watch.push(chunk)
      start = start.length === 0 ? chunk : Buffer.concat([start, chunk])
      if (start.length < startBytes) return
      watch = watchFor(start)
      watch.push(start)
    },
    // Smaller than any media file.
    verdict: () => watch?.verdict() ?? 'cut',
  }
}

/** Enough bytes to recognize the format. */
const startBytes = 12
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function watchFor(start: Buffer): EndWatch {
  if (start.subarray(0, 8).equals(pngSignature)) return walk({ skip: 8, step: pngStep, mayEndHere: false })
  if (start.toString('latin1', 4, 8) === 'ftyp') return walk({ skip: 0, step: mp4Step, mayEndHere: true })
  if (start.toString('latin1', 0, 4) === 'RIFF') return riff(start.readUInt32LE(4))
  if (start.readUInt16BE(0) === 0xffd8) return tail(Buffer.from([0xff, 0xd9]))
  if (start.toString('latin1', 0, 4) === 'GIF8') return tail(Buffer.from([0x3b]))
  return { push: () => undefined, verdict: () => 'unknown' }
}

/** The step after a header: skip that many bytes to the next one, or read a longer header, or stop. */
type Step = { skip: number; last?: boolean } | { need: number } | 'open_end' | 'lost'

/** PNG: length, type, data, checksum; over after IEND. */
function pngStep(header: Buffer): Step {
  return { skip: header.readUInt32BE(0) + 4, last: header.toString('latin1', 4, 8) === 'IEND' }
}

/** ISO 14496-12: size and type; size 1 has a longer size behind, 0 means to the end of the file. */
function mp4Step(header: Buffer): Step {
  const short = header.readUInt32BE(0)
  if (short === 0) return 'open_end'
  if (short === 1 && header.length < 16) return { need: 16 }
  const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short
  return size < header.length ? 'lost' : { skip: size - header.length }
}

function walk(format: { skip: number; step: (header: Buffer) => Step; mayEndHere: boolean }): EndWatch {
  let { skip } = format
  let need = 8
  let header = Buffer.alloc(0)
  let isLast = false
  let over: 'whole' | 'unknown' | null = null
  return {
    push(chunk) {
      let at = 0
      while (over === null && at < chunk.length) {
        const passed = Math.min(skip, chunk.length - at)
        skip -= passed
        at += passed
        if (skip > 0) return
        if (isLast) over = 'whole'
        else at = takeHeader(chunk, at)
      }
    },
    verdict() {
      if (over !== null) return over
      if (isLast) return skip === 0 ? 'whole' : 'cut'
      return format.mayEndHere && skip === 0 && header.length === 0 ? 'whole' : 'cut'
    },
  }

  function takeHeader(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + need - header.length)
    header = Buffer.concat([header, chunk.subarray(from, to)])
    if (header.length < need) return to
    const next = format.step(header)
    if (next === 'open_end' || next === 'lost') {
      over = next === 'lost' ? 'unknown' : 'whole'
    } else if ('need' in next) {
      need = next.need
    } else {
      skip = next.skip
      isLast = next.last === true
      header = Buffer.alloc(0)
      need = 8
    }
    return to
  }
}

/** WAV, WebP, AVI: the size after the first 8 bytes; 0 or all ones when it was written as a stream. */
function riff(size: number): EndWatch {
  let bytes = 0
  return {
    push(chunk) {
      bytes += chunk.length
    },
    verdict: () => (size === 0 || size === 0xffffffff ? 'unknown' : bytes >= size + 8 ? 'whole' : 'cut'),
  }
}

/** Some writers pad their files; the end marker is searched for within this many bytes. */
const tailBytes = 4096

/** JPEG, GIF: a mark at the end. */
function tail(mark: Buffer): EndWatch {
  let last = Buffer.alloc(0)
  return {
    push(chunk) {
      const rest = chunk.length >= tailBytes ? chunk : Buffer.concat([last, chunk])
      // Copy the tail, so that the chunk can be freed.
      last = Buffer.from(rest.subarray(-tailBytes))
    },
    verdict: () => (last.includes(mark) ? 'whole' : 'cut'),
  }
}
