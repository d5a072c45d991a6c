/**
 * The connection of a stream. Once the head is sent it is detached from Node's HTTP server, like an upgrade, since
 * parser, request and response cost four times the memory of the stream. Invariant: the bytes on the wire are the
 * same; where Node's internals differ, the response is used as it is and only memory is lost.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface StreamWire {
  send(bytes: Buffer): void
  /** Backpressure: whether sent bytes are still buffered; send no more until `drain`. */
  isFull(): boolean
  end(): void
  destroy(): void
  on(event: 'drain' | 'close', listener: () => void): void
}

/** For a response whose head is written and that has no other user. */
export function wireOf(response: ServerResponse): StreamWire {
  response.flushHeaders()
  const { socket } = response
  const parser = socket === null ? null : parserOf(socket)
  // Without chunks (HTTP/1.0), or behind a pipelined answer that is still in flight, use the response.
  if (socket === null || parser === null || !response.chunkedEncoding || response.writableLength > 0) {
    return new ResponseWire(response)
  }
  // Report the request as finished to the metrics: the stream is no longer part of it.
  if (response.listenerCount('error') > 0) response.emit('error')
  detach(response, socket, parser)
  return new SocketWire(socket)
}

class ResponseWire implements StreamWire {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }
  send(bytes: Buffer): void {
    this.#response.write(bytes)
  }
  isFull(): boolean {
    return this.#response.writableNeedDrain
  }
  end(): void {
    this.#response.end()
  }
  destroy(): void {
    this.#response.destroy()
  }
  on(event: 'drain' | 'close', listener: () => void): void {
    this.#response.on(event, listener)
  }
}

const crlf = Buffer.from('\r\n')
/** For a reader to take the last bytes of an ended stream. */
const lastBytesMs = 30_000
const lastChunk = Buffer.from('0\r\n\r\n')

/** Chunked transfer coding (RFC 9112 §7.1) by hand. */
class SocketWire implements StreamWire {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }
  send(bytes: Buffer): void {
    const socket = this.#socket
    socket.cork()
    socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
    socket.write(bytes)
    socket.write(crlf)
    socket.uncork()
  }
  isFull(): boolean {
    return this.#socket.writableNeedDrain
  }
  end(): void {
    if (this.#socket.writable) this.#socket.end(lastChunk)
    // The peer may never close, nor read what was sent.
    this.#socket.destroySoon()
    const timer = setTimeout(() => this.#socket.destroy(), lastBytesMs).unref()
    this.#socket.once('close', () => clearTimeout(timer))
  }
  destroy(): void {
    this.#socket.destroy()
  }
  on(event: 'drain' | 'close', listener: () => void): void {
    this.#socket.on(event, listener)
  }
}

/** What Node's server keeps at a connection; not part of its documented interface. */
interface Parser {
  incoming: unknown
  onIncoming: unknown
  socket: unknown
  unconsume(): void
  remove(): void
  close(): void
}

function parserOf(socket: Socket): Parser | null {
  const parser: unknown = 'parser' in socket ? socket.parser : null
  return isParser(parser) ? parser : null
}

function isParser(value: unknown): value is Parser {
  if (typeof value !== 'object' || value === null) return false
  const has = (name: string): boolean => name in value && typeof Reflect.get(value, name) === 'function'
  return ['unconsume', 'remove', 'close'].every(has) && 'incoming' in value && 'onIncoming' in value
}

/** The steps of `onParserExecuteCommon` and `freeParser` in Node's lib/_http_server.js and lib/_http_common.js. */
function detach(response: ServerResponse, socket: Socket, parser: Parser): void {
  response.detachSocket(socket)
  // These two Node leaves at an upgrade: they start the reading again where a request had stopped it.
  const pausing = socket.listeners('pause')
  const resuming = socket.listeners('resume')
  // All at once: taken away one by one they leave their places behind, 700 bytes a stream.
  socket.removeAllListeners()
  for (const listener of pausing) socket.on('pause', listener)
  for (const listener of resuming) socket.on('resume', listener)
  parser.unconsume()
  parser.remove()
  parser.incoming = null
  parser.onIncoming = null
  parser.socket = null
  // Never from within itself.
  setImmediate(() => parser.close())
  Reflect.set(socket, 'parser', null)
  socket.setTimeout(0)
  // A reader that breaks off is no fault: `close` follows.
  socket.on('error', ignored)
  socket.on('end', hangUp)
  // Discard what the reader sends; reading detects the end of the connection.
  socket.resume()
}

const ignored = (): void => undefined

function hangUp(this: Socket): void {
  this.destroy()
}
