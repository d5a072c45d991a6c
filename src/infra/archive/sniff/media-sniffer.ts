/**
 * Detects a file's type and dimensions from its first bytes while it streams through unchanged; unknown content
 * yields nulls.
 */

import { pipeline, Transform } from 'node:stream'
import { fileTypeFromBuffer } from 'file-type'
import { imageSize } from 'image-size'
import type { MediaSniffer, PassedFile, SniffedFile } from '../../../ports/media-source.ts'
import { type ContainerFacts, readMp4Head, readWavHead } from './container-heads.ts'
import { createEndWatch } from './file-end.ts'
import { imageTypeOfBrands, textTypeOf } from './vague-heads.ts'

const headBytes = 256 * 1024

/**
 * `sniffed` settles before `body` is read (up to 512 KiB are buffered), so that the type is known before the copy
 * starts; it never rejects.
 */
export function createMediaSniffer(): MediaSniffer {
  return {
    async sniffWhole(content) {
      const end = createEndWatch()
      end.push(content)
      const sniffed = await describeHead(content.subarray(0, headBytes))
      return { sniffed, passed: { bytes: content.length, end: end.verdict() } }
    },
    sniff(source, judge) {
      const { promise, resolve } = Promise.withResolvers<Buffer>()
      const body = pipeline(source, observed(resolve, judge ?? (() => null)), () => undefined)
      // Mark the error as handled: a later reader still receives it.
      body.on('error', () => undefined)
      return { body, sniffed: promise.then(describeHead) }
    },
  }
}

function observed(resolve: (head: Buffer) => void, judge: (passed: PassedFile) => Error | null): Transform {
  const held: Buffer[] = []
  const end = createEndWatch()
  let bytes = 0
  const finish = () => {
    resolve(Buffer.concat(held))
    held.length = 0
  }
  return new Transform({
    readableHighWaterMark: 2 * headBytes,
    transform(chunk: Buffer, _encoding, done) {
      const before = bytes
      bytes += chunk.length
      end.push(chunk)
      if (before < headBytes) {
        held.push(chunk.subarray(0, headBytes - before))
        if (bytes >= headBytes) finish()
      }
      done(null, chunk)
    },
    flush(done) {
      if (bytes < headBytes) finish()
      done(judge({ bytes, end: end.verdict() }))
    },
    destroy(error, done) {
      if (bytes < headBytes) finish()
      done(error)
    },
  })
}

/** What the first bytes reveal; null where unknown. */
export async function describeHead(head: Buffer): Promise<SniffedFile> {
  const contentType = await typeOf(head)
  const size = contentType?.startsWith('image/') ? imageDimensions(head) : null
  const timed = contentType === 'audio/wav' ? readWavHead(head) : readMp4Head(head)
  return { contentType, ...shown(size ?? timed), durationSeconds: timed.durationSeconds }
}

/** The displayed size of rotated media. */
function shown({ width, height, isTurned }: Pick<ContainerFacts, 'width' | 'height' | 'isTurned'>) {
  if (!isTurned || width === null || height === null) return { width, height, stored: null }
  return { width: height, height: width, stored: { width, height } }
}

/** Recognized directly: for a small file the full detection, which tries all formats, would dominate the cost. */
const usualFilms = new Set(['isom', 'iso2', 'iso5', 'iso6', 'mp41', 'mp42', 'avc1'])

function usualTypeOf(head: Buffer): string | null {
  const [mark, kind] = [head.toString('latin1', 4, 8), head.toString('latin1', 8, 12)]
  if (mark === 'ftyp' && usualFilms.has(kind)) return 'video/mp4'
  return kind === 'WEBP' && head.toString('latin1', 0, 4) === 'RIFF' ? 'image/webp' : null
}

async function typeOf(head: Buffer): Promise<string | null> {
  const usual = usualTypeOf(head)
  if (usual !== null) return usual
  const known = await knownTypeOf(head)
  if (known === 'image/heif' || known === 'image/heif-sequence') return imageTypeOfBrands(head) ?? known
  if (known === null || known === 'application/xml') return textTypeOf(head) ?? known
  return known
}

async function knownTypeOf(head: Buffer): Promise<string | null> {
  try {
    return (await fileTypeFromBuffer(head))?.mime ?? null
  } catch {
    return null // a head that looks like a known type but is cut or damaged
  }
}

/** EXIF orientations from five on are rotated by 90 degrees. */
const firstTurned = 5

function imageDimensions(head: Buffer) {
  try {
    const { width, height, orientation = 1 } = imageSize(head)
    return width > 0 && height > 0 ? { width, height, isTurned: orientation >= firstTurned } : null
  } catch {
    return null // no dimensions within the head
  }
}
