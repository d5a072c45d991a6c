/**
 * Reads bodies of unauthenticated callers. Invariant: together they use bounded memory, however many and slow the
 * senders are; further ones get 503 without being read.
 */
import type { Readable } from 'node:stream'
import { AppError } from '../../domain/errors.ts'

export interface BodyReader {
  /**
   * The whole body. It counts against the bound until it is released; a refused one does not. @throws AppError
   * PAYLOAD_TOO_LARGE, UNAVAILABLE.
   */
  read(stream: Readable, declaredBytes: number): Promise<Buffer>
  release(body: Buffer): void
}

export interface BodyReaderOptions {
  /** Of one body. */
  mostBytes: number
  /** Of all bodies that are read or in use. */
  mostBytesInAll: number
  /** For a body to arrive. */
  withinMs: number
}

const retryAfterSeconds = 5

export function createBodyReader({ mostBytes, mostBytesInAll, withinMs }: BodyReaderOptions): BodyReader {
  let held = 0
  return {
    read(stream, declaredBytes) {
      if (declaredBytes > mostBytes) return Promise.reject(tooLarge())
      return new Promise((settle, reject) => {
        let chunks: Buffer[] = []
        let bytes = 0
        const refuse = (error: Error): void => {
          if (!stop()) return
          held -= bytes
          chunks = []
          // Drain the rest: a cut connection would hide the reason.
          stream.resume()
          reject(error)
        }
        const timer = setTimeout(() => refuse(busy('The body did not arrive in time.')), withinMs)
        const take = (chunk: Buffer): void => {
          if (bytes + chunk.length > mostBytes) refuse(tooLarge())
          else if (held + chunk.length > mostBytesInAll)
            refuse(busy('Too many bodies are being received. Retry later.'))
          else {
            bytes += chunk.length
            held += chunk.length
            chunks.push(chunk)
          }
        }
        const end = (): void => {
          if (stop()) settle(Buffer.concat(chunks, bytes))
        }
        let isOver = false
        function stop(): boolean {
          if (isOver) return false
          isOver = true
          clearTimeout(timer)
          stream.off('data', take).off('end', end)
          return true
        }
        stream.on('data', take).on('end', end).on('error', refuse)
      })
    },
    release(body) {
      held -= body.length
    },
  }
}

const busy = (message: string): AppError => new AppError('UNAVAILABLE', message, { retryAfterSeconds })
const tooLarge = (): AppError => new AppError('PAYLOAD_TOO_LARGE', 'The body is too large.')
