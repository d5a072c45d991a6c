/**
 * Streams a response body, or buffers a small one, while enforcing its declared length, the size cap and a minimum
 * rate; an empty body is an error.
 */
import { type Readable, Transform } from 'node:stream'
import { ArchiveError } from '../../domain/archive-error.ts'
import { errorCode } from '../../domain/error-code.ts'
import { fetchError } from './fetch-errors.ts'

export interface BodyLimits {
  maxBytes: number
  contentLength: number | null
  bodyTimeoutMs: number
  minBytesPerSecond?: number
  /** Host and path, for error texts. */
  place: string
}

/** The same bytes; fails with ArchiveError when there are too many, too few or they arrive too slowly. */
export function checkedBody(source: Readable, limits: BodyLimits): Readable {
  const startedAt = performance.now()
  let bytes = 0
  const body = new Transform({
    // Buffers several socket reads: with less, the socket is paused and resumed for each.
    highWaterMark: 256 * 1024,
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      const fault = overrun(bytes, limits) ?? dawdling(bytes, performance.now() - startedAt, limits)
      if (fault === null) done(null, chunk)
      else done(fault)
    },
    flush(done) {
      done(shortfall(bytes, limits))
    },
  })
  source.on('error', (error) => body.destroy(sourceFault(error, bytes, limits)))
  // Mark the error as handled: a later reader still receives it.
  body.on('error', () => undefined)
  body.on('close', () => source.destroy())
  source.pipe(body)
  return body
}

/**
 * The same for small bodies without the cost of a stream: fills `content`, which has the declared length. @throws
 * ArchiveError.
 */
export function readWhole(source: Readable, content: Buffer, limits: BodyLimits): Promise<void> {
  const startedAt = performance.now()
  let bytes = 0
  return new Promise((resolve, reject) => {
    source.on('data', (chunk: Buffer) => {
      const before = bytes
      bytes += chunk.length
      const fault = overrun(bytes, limits) ?? dawdling(bytes, performance.now() - startedAt, limits)
      if (fault === null) {
        chunk.copy(content, before)
        return
      }
      source.destroy()
      reject(fault)
    })
    source.on('end', () => {
      const fault = shortfall(bytes, limits)
      if (fault === null) resolve()
      else reject(fault)
    })
    source.on('error', (error) => reject(sourceFault(error, bytes, limits)))
    source.on('close', () => {
      if (!source.readableEnded) reject(truncated(bytes, limits))
    })
  })
}

/** Checks a body that has ended. */
function shortfall(bytes: number, limits: BodyLimits): ArchiveError | null {
  const { contentLength, place } = limits
  if (contentLength !== null && bytes < contentLength) return truncated(bytes, limits)
  return bytes === 0 ? new ArchiveError('broken', `${place} sent no bytes`) : null
}

function sourceFault(error: Error, bytes: number, limits: BodyLimits): ArchiveError {
  // A server that hangs up early, in the middle of a declared length, has served a truncated file.
  const isCut = errorCode(error) === 'UND_ERR_SOCKET' && limits.contentLength !== null
  return isCut ? truncated(bytes, limits, error) : fetchError(error, limits.place)
}

function overrun(bytes: number, { maxBytes, contentLength, place }: BodyLimits): ArchiveError | null {
  if (bytes > maxBytes)
    return new ArchiveError('broken', `${place} sent more than the cap of ${maxBytes} bytes`)
  if (contentLength !== null && bytes > contentLength) {
    return new ArchiveError('broken', `${place} sent more than its declared ${contentLength} bytes`)
  }
  return null
}

/** Enforced only after one idle timeout, which tolerates a slow start. */
function dawdling(bytes: number, elapsedMs: number, limits: BodyLimits): ArchiveError | null {
  const rate = limits.minBytesPerSecond
  if (rate === undefined || elapsedMs < limits.bodyTimeoutMs || bytes >= (rate * elapsedMs) / 1000)
    return null
  return new ArchiveError('later', `${limits.place} sends slower than ${rate} bytes per second`)
}

const truncated = (bytes: number, { place, contentLength }: BodyLimits, cause?: unknown): ArchiveError =>
  new ArchiveError('broken', `${place} ended after ${bytes} of ${contentLength} bytes`, cause)
