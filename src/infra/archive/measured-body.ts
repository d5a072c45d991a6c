/** Counts and hashes a body while it is stored, and fails it as soon as it exceeds or misses its declared length. */
import { createHash, hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { ArchiveError } from '../../domain/archive-error.ts'
import type { ObjectToStore } from '../../ports/archive-store.ts'

export interface MeasuredBody {
  /** Can be read once; throws ArchiveError when the source fails, is aborted or has the wrong length. */
  chunks: AsyncGenerator<Buffer, void, undefined>
  /** Valid after `chunks` has ended. */
  measured(): { bytes: number; sha256: string }
  /** The error that made `chunks` fail, for stores whose client reports a different one. */
  failure(): ArchiveError | null
}

export function measureBody(
  object: Pick<ObjectToStore, 'key' | 'contentLength' | 'signal'> & { body: Readable },
): MeasuredBody {
  const hash = createHash('sha256')
  let bytes = 0
  let failure: ArchiveError | null = null
  return {
    chunks: read(),
    measured: () => ({ bytes, sha256: hash.copy().digest('hex') }),
    failure: () => failure,
  }

  async function* read(): AsyncGenerator<Buffer, void, undefined> {
    const stop = stopOnAbort(object)
    try {
      for await (const part of object.body) {
        const chunk = toBuffer(part)
        bytes += chunk.length
        if (object.contentLength !== null && bytes > object.contentLength) throw tooLong(object.contentLength)
        hash.update(chunk)
        yield chunk
      }
      if (object.contentLength !== null && bytes < object.contentLength)
        throw tooShort(bytes, object.contentLength)
    } catch (error) {
      failure = sourceError(error, object.signal)
      throw failure
    } finally {
      stop()
      object.body.destroy()
    }
  }
}

/** For a body held in memory. @throws ArchiveError when it is aborted or has the wrong length. */
export function measureWhole(
  content: Buffer,
  { contentLength, signal }: Pick<ObjectToStore, 'contentLength' | 'signal'>,
): { bytes: number; sha256: string } {
  if (signal?.aborted) throw sourceError(signal.reason, signal)
  const bytes = content.length
  if (contentLength !== null && bytes > contentLength) throw tooLong(contentLength)
  if (contentLength !== null && bytes < contentLength) throw tooShort(bytes, contentLength)
  return { bytes, sha256: hash('sha256', content, 'hex') }
}

const tooLong = (contentLength: number): ArchiveError =>
  new ArchiveError('broken', `the file runs past its declared ${contentLength} bytes`)

const tooShort = (bytes: number, contentLength: number): ArchiveError =>
  new ArchiveError('broken', `the file ended after ${bytes} of ${contentLength} bytes`)

/** Destroy an unread source: it would hold its connection. */
export function destroyBody(body: Readable | Buffer): void {
  if (!Buffer.isBuffer(body)) body.destroy()
}

function stopOnAbort({ body, signal }: { body: Readable; signal?: AbortSignal }): () => void {
  if (signal === undefined) return () => undefined
  const destroy = () => body.destroy(new Error('aborted', { cause: signal.reason }))
  if (signal.aborted) destroy()
  signal.addEventListener('abort', destroy, { once: true })
  return () => signal.removeEventListener('abort', destroy)
}

function sourceError(error: unknown, signal: AbortSignal | undefined): ArchiveError {
  if (signal?.aborted) return new ArchiveError('later', 'the copy was stopped', signal.reason)
  if (error instanceof ArchiveError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new ArchiveError('later', `the source failed on the way: ${reason}`, error)
}

function toBuffer(part: unknown): Buffer {
  if (Buffer.isBuffer(part)) return part
  if (part instanceof Uint8Array) return Buffer.from(part.buffer, part.byteOffset, part.byteLength)
  return Buffer.from(String(part))
}
