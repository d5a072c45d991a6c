/** Media that FAL answers inline (`sync_mode`): a `data:` URI as a source like any other. */
import { Readable } from 'node:stream'
import { ArchiveError } from '../../domain/archive-error.ts'
import { type OpenedSource, smallFileBytes } from '../../ports/media-source.ts'

const pieceBytes = 65_536

/** Length and type are known. Throws ArchiveError 'broken' when it cannot be decoded exactly. */
export function dataUriSource(uri: string): OpenedSource {
  const comma = uri.indexOf(',')
  if (!/^data:/i.test(uri) || comma === -1) throw new ArchiveError('broken', 'not a data: URI')
  const header = uri.slice('data:'.length, comma).trim()
  const isBase64 = /;\s*base64$/i.test(header)
  const type = header.replace(/;\s*base64$/i, '').trim()
  const payload = uri.slice(comma + 1).split('#', 1)[0] ?? ''
  const bytes = isBase64 ? decodeBase64(payload) : decodePercent(payload)
  const isSmall = bytes.length <= smallFileBytes
  const body = isSmall ? bytes : Readable.from(pieces(bytes), { objectMode: false })
  return {
    body,
    contentLength: bytes.length,
    contentType: mediaType(type),
    close: () => void (Buffer.isBuffer(body) || body.destroy()),
  }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** RFC 2397: no type means US-ASCII text, and parameters alone belong to text/plain. */
function mediaType(type: string): string {
  if (type === '') return 'text/plain;charset=US-ASCII'
  return type.startsWith(';') ? `text/plain${type}` : type
}

/** Node's decoder skips invalid characters; a damaged file must not count as a shorter one. */
function decodeBase64(payload: string): Buffer {
  const text = (payload.includes('%') ? decodePercent(payload).toString('latin1') : payload).replace(
    /[\t\n\f\r ]+/g,
    '',
  )
  const digits = text.replace(/={1,2}$/, '')
  const isPadded = digits.length === text.length || text.length % 4 === 0
  if (!/^[A-Za-z0-9+/_-]*$/.test(digits) || digits.length % 4 === 1 || !isPadded) {
    throw new ArchiveError('broken', 'the data: URI is not valid base64')
  }
  return Buffer.from(digits, 'base64')
}

function decodePercent(payload: string): Buffer {
  if (/%(?![0-9a-fA-F]{2})/.test(payload)) {
    throw new ArchiveError('broken', 'the data: URI has a broken percent escape')
  }
  const escaped = Buffer.from(payload, 'utf8').toString('latin1')
  const bytes = escaped.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1')
}
