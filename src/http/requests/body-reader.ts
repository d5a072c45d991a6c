/**
 * Reads bodies of unauthenticated callers. Invariants: together they use bounded memory, however many and slow the
 * senders are; part of the room is kept for small bodies, and part for senders that are known; further bodies get 503
 * without being read.
 */
import type { Readable } from 'node:stream'
import { AppError } from '../../domain/errors.ts'

export interface BodySender {
  /** Bodies with the same name share a part of the room; null: no share applies. */
  share: string | null
  /** Known senders may use all of the room for large bodies. */
  isKnown: boolean
}

export interface BodyReader {
  /**
   * The whole body. It counts against the bounds until it is released; a refused one does not. @throws AppError
   * PAYLOAD_TOO_LARGE, UNAVAILABLE.
   */
  read(stream: Readable, declaredBytes: number, sender?: BodySender): Promise<Buffer>
  release(body: Buffer): void
}

export interface BodyReaderOptions {
  /** Of one body. */
  mostBytes: number
  /** Of all bodies that are read or in use. */
  mostBytesInAll: number
  /** Up to this size a body is small. */
  smallBytes: number
  /** For a body to arrive. */
  withinMs: number
}

const retryAfterSeconds = 5
/** Of the room: what large bodies may use. */
const largePart = 0.75
/** Of the room: what large bodies of one share, or of all that are not known, may use. */
const sharePart = 0.375

const unlimited: BodySender = { share: null, isKnown: true }

export function createBodyReader(options: BodyReaderOptions): BodyReader {
  const { mostBytes, smallBytes, withinMs } = options
  const room = createRoom(options)
  const held = new WeakMap<Buffer, () => void>()
  return {
    read(stream, declaredBytes, sender = unlimited) {
      if (declaredBytes > mostBytes) return Promise.reject(tooLarge())
      // A body that will be large is refused before it has used the room of small ones.
      if (declaredBytes > smallBytes && !room.hasRoomFor(smallBytes + 1, sender))
        return Promise.reject(full())
      return new Promise((settle, reject) => {
        let chunks: Buffer[] = []
        let bytes = 0
        const place = room.open(sender)
        const refuse = (error: Error): void => {
          if (!stop()) return
          place.leave()
          chunks = []
          // Drain the rest: a cut connection would hide the reason.
          stream.resume()
          reject(error)
        }
        const timer = setTimeout(() => refuse(busy('The body did not arrive in time.')), withinMs)
        const take = (chunk: Buffer): void => {
          if (bytes + chunk.length > mostBytes) refuse(tooLarge())
          else if (!place.grow(bytes + chunk.length)) refuse(full())
          else {
            bytes += chunk.length
            chunks.push(chunk)
          }
        }
        const end = (): void => {
          if (!stop()) return
          const body = Buffer.concat(chunks, bytes)
          held.set(body, place.leave)
          settle(body)
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
      held.get(body)?.()
      held.delete(body)
    },
  }
}

/** Counts the bytes of open bodies: of all, of the large ones, of those from unknown senders, and by share. */
function createRoom({ mostBytesInAll, smallBytes }: BodyReaderOptions) {
  let inAll = 0
  let large = 0
  let unknown = 0
  const shares = new Map<string, number>()

  function hasRoomFor(bytes: number, { share, isKnown }: BodySender, own = 0): boolean {
    if (inAll - own + bytes > mostBytesInAll) return false
    if (bytes <= smallBytes) return true
    const before = own > smallBytes ? own : 0
    if (large - before + bytes > mostBytesInAll * largePart) return false
    if (!isKnown && unknown - before + bytes > mostBytesInAll * sharePart) return false
    return share === null || (shares.get(share) ?? 0) - before + bytes <= mostBytesInAll * sharePart
  }

  function count(bytes: number, { share, isKnown }: BodySender, sign: 1 | -1): void {
    inAll += sign * bytes
    if (bytes <= smallBytes) return
    large += sign * bytes
    if (!isKnown) unknown += sign * bytes
    if (share === null) return
    const left = (shares.get(share) ?? 0) + sign * bytes
    if (left <= 0) shares.delete(share)
    else shares.set(share, left)
  }

  return {
    hasRoomFor,
    open(sender: BodySender) {
      let own = 0
      return {
        /** False when the body may not have that many bytes. */
        grow(bytes: number): boolean {
          if (!hasRoomFor(bytes, sender, own)) return false
          count(own, sender, -1)
          own = bytes
          count(own, sender, 1)
          return true
        },
        leave(): void {
          count(own, sender, -1)
          own = 0
        },
      }
    },
  }
}

const full = (): AppError => busy('Too many bodies are being received. Retry later.')
const busy = (message: string): AppError => new AppError('UNAVAILABLE', message, { retryAfterSeconds })
const tooLarge = (): AppError => new AppError('PAYLOAD_TOO_LARGE', 'The body is too large.')
