/**
 * The CDN's hosts: reads of stored files with Range, HEAD, cache headers, expiry and access. Uploads have routes of
 * their own.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, headerOf, sendJson } from '../base/http-call.ts'
import type { StoredFile } from '../world/file-store.ts'
import type { World } from '../world/world.ts'
import { cdnUploadRoutes } from './cdn-upload-routes.ts'
import { faultyRead } from './faulty-read.ts'

export function cdnRoutes(world: World) {
  return async (app: FastifyInstance): Promise<void> => {
    app.addHook('onSend', async (call, reply) => {
      const { path } = addressOf(call)
      if (call.method !== 'GET' && call.method !== 'HEAD') return
      world.cdnReads.push({
        at: new Date().toISOString(),
        method: call.method,
        path,
        statusCode: reply.statusCode,
      })
    })
    await app.register(cdnUploadRoutes(world))
    app.route({
      method: ['GET', 'HEAD'],
      url: '/files/*',
      handler: async (call, reply) => {
        const { path, query } = addressOf(call)
        const file = world.files.get(decodedPath(path))
        const refusal = file ? refusalOf(world, call, file, query) : 404
        if (!file || refusal) {
          const text = refusal === 403 ? 'Forbidden' : refusal === 405 ? 'Method Not Allowed' : 'Not Found'
          return sendJson(reply, refusal || 404, { detail: text })
        }
        file.reads += 1
        return (await faultyRead(world, call, reply, file)) ?? sendFile(world, call, reply, file)
      },
    })
  }
}

/** The decoded path, as files are stored; the path itself when it cannot be decoded. */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // Not valid percent-encoding: no stored file has such a path, so the read is a 404.
    return path
  }
}

/** The status that refuses this read; 0 = none. */
function refusalOf(world: World, call: FastifyRequest, file: StoredFile, query: URLSearchParams): number {
  if (call.method === 'HEAD' && !world.settings.cdnHead) return 405
  if (file.expiresAt !== undefined && world.clock.now() >= file.expiresAt) return 404
  if (file.access === 'allow') return 0
  const by = { authorization: headerOf(call, 'authorization'), identity: query.get('identity') }
  if (world.fileAccess.mayRead(file, by)) return 0
  return file.access === 'forbid' ? 403 : 404
}

function sendFile(world: World, call: FastifyRequest, reply: FastifyReply, file: StoredFile): FastifyReply {
  const etag = `"${file.sha256.slice(0, 32)}"`
  reply.header('content-type', file.contentType)
  reply.header('cache-control', 'public, max-age=5184000, immutable')
  if (world.settings.cdnEtag) reply.header('etag', etag)
  if (world.settings.cdnRange) reply.header('accept-ranges', 'bytes')
  if (world.settings.cdnEtag && headerOf(call, 'if-none-match') === etag) return reply.code(304).send()
  const asked = world.settings.cdnRange ? headerOf(call, 'range') : undefined
  const range = asked === undefined ? undefined : rangeOf(asked, file.bytes.length)
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${file.bytes.length}`).send()
  }
  if (!range) return reply.code(200).send(file.bytes)
  const { first, last } = range
  reply.header('content-range', `bytes ${first}-${last}/${file.bytes.length}`)
  return reply.code(206).send(file.bytes.subarray(first, last + 1))
}

/** One byte range; undefined for a form that may be ignored (RFC 9110 14.2). */
function rangeOf(
  header: string,
  length: number,
): { first: number; last: number } | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  if (from === '') {
    const suffix = Number(to)
    return suffix === 0 || length === 0
      ? 'unsatisfiable'
      : { first: Math.max(0, length - suffix), last: length - 1 }
  }
  const first = Number(from)
  const last = to === '' ? length - 1 : Math.min(Number(to), length - 1)
  if (first >= length) return 'unsatisfiable'
  return last < first ? undefined : { first, last }
}
