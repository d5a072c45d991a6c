/** Serves a read with a fault on demand; null when this read has none. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { baseOf } from '../base/hosts.ts'
import { addressOf, beginRaw, realSeconds, sendJson, sendPage } from '../base/http-call.ts'
import type { StoredFile } from '../world/file-store.ts'
import type { World } from '../world/world.ts'

const mirror = 'v3b.fal.media'
const missingBytes = 1024
const trickles = 8

export async function faultyRead(
  world: World,
  call: FastifyRequest,
  reply: FastifyReply,
  file: StoredFile,
): Promise<FastifyReply | null> {
  const { faults, bytes } = file
  const { host, base, path } = addressOf(call)
  reply.header('content-type', file.contentType)
  if (faults.strike('cdn-403')) return sendJson(reply, 403, { detail: 'Forbidden' })
  if (faults.strike('cdn-404')) return sendJson(reply, 404, { detail: 'Not Found' })
  if (faults.strike('cdn-503')) return sendPage(reply, 503, '503 Service Temporarily Unavailable')
  if (faults.strike('cdn-html')) return sendPage(reply, 200, 'Just a moment')
  if (faults.strike('cdn-empty')) return reply.code(200).send(Buffer.alloc(0))
  if (faults.strike('cdn-redirect-loop')) return redirect(reply, base + path)
  if (faults.strike('cdn-redirect-private')) return redirect(reply, faults.text('cdn-redirect-private'))
  if (host !== mirror && faults.strike('cdn-redirect'))
    return redirect(reply, `${baseOf(mirror, call.headers)}${path}`)
  if (faults.strike('cdn-wrong-type')) return reply.code(200).header('content-type', 'text/html').send(bytes)
  const short = bytes.subarray(0, Math.max(0, bytes.length - missingBytes))
  if (faults.strike('cdn-wrong-length')) return reply.code(200).send(short)
  const raw = { world, call, reply, file }
  if (faults.strike('cdn-truncated')) return sendRaw(raw, { content: short, hasLength: false, cuts: false })
  if (faults.strike('cdn-cut')) return sendRaw(raw, { content: short, hasLength: true, cuts: true })
  if (faults.strike('cdn-no-length')) return sendRaw(raw, { content: bytes, hasLength: false, cuts: false })
  if (!faults.strike('cdn-slow')) return null
  const trickleSeconds = faults.number('cdn-slow') / trickles
  return sendRaw(raw, { content: bytes, hasLength: true, cuts: false, trickleSeconds })
}

function redirect(reply: FastifyReply, location: string): FastifyReply {
  return reply.code(302).header('location', location).send()
}

interface RawRead {
  readonly world: World
  readonly call: FastifyRequest
  readonly reply: FastifyReply
  readonly file: StoredFile
}

interface RawOptions {
  readonly content: Buffer
  /** Announces the length of the whole file. */
  readonly hasLength: boolean
  /** Ends by cutting the connection. */
  readonly cuts: boolean
  readonly trickleSeconds?: number
}

/** Writes to the raw socket, which would correct the length. */
async function sendRaw(
  { world, call, reply, file }: RawRead,
  { content, hasLength, cuts, trickleSeconds = 0 }: RawOptions,
): Promise<FastifyReply> {
  world.cdnReads.push({ at: new Date().toISOString(), method: call.method, path: file.path, statusCode: 200 })
  const raw = beginRaw(reply, {
    'content-type': file.contentType,
    ...(hasLength && { 'content-length': file.bytes.length }),
  })
  const step = trickleSeconds > 0 ? Math.max(1, Math.ceil(content.length / trickles)) : content.length
  for (let at = 0; at < content.length && !raw.destroyed; at += step) {
    raw.write(content.subarray(at, at + step))
    if (trickleSeconds > 0) await realSeconds(trickleSeconds)
  }
  if (cuts) raw.write('', () => call.raw.socket.destroy())
  else raw.end()
  return reply
}
