/**
 * Reads bodies of callers that nobody knows yet. Promise: all of them together take no more memory than there is for
 * them, whoever sends them and however slowly; who comes then is asked to come again, and is not read.
 */
import type { Readable } from 'node:stream'
import { AppError } from '../../domain/errors.ts'

export interface BodyReader {
  /** The whole body. It counts until it is released; one that was refused does not. @throws AppError PAYLOAD_TOO_LARGE, UNAVAILABLE. */
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
          // What still comes is dropped: a connection that is cut would not tell its caller why.
          stream.resume()
          reject(error)
        }
        const timer = setTimeout(() => refuse(busy('The body did not arrive in time.')), withinMs)
        const take = (chunk: Buffer): void => {
          if (bytes + chunk.length > mostBytes) refuse(tooLarge())
          else if (held + chunk.length > mostBytesInAll)
            refuse(busy('Too much arrives at once. Try again in a moment.'))
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
