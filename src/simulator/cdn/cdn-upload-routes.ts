/**
 * Uploads to the CDN: the bytes of an upload that the REST host initiated (JS), or a whole upload with a token
 * (Python).
 */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { addressOf, bodyOf, headerOf, jsonBodyOf, sendJson } from '../base/http-call.ts'
import { jsonHeader, lifecycleOf, openForEver } from '../world/file-lifecycle.ts'
import { joinParts, safeName, storeUpload } from '../world/store-upload.ts'
import { etagOf, type Upload } from '../world/upload-store.ts'
import type { World } from '../world/world.ts'

export function cdnUploadRoutes(world: World) {
  const begin = (call: FastifyRequest): Upload => {
    const name = safeName(headerOf(call, 'x-fal-file-name') ?? world.random.word(21))
    return world.uploads.begin({
      id: world.random.uuid(),
      path: `/files/b/${world.random.hex(8)}/${name}`,
      contentType: headerOf(call, 'content-type') ?? 'application/octet-stream',
      ...lifecycleOf(jsonHeader(headerOf(call, 'x-fal-object-lifecycle')), openForEver),
    })
  }
  const hasToken = (call: FastifyRequest) => world.fileAccess.mayUpload(headerOf(call, 'authorization'))

  return async (app: FastifyInstance): Promise<void> => {
    app.post('/files/upload', async (call, reply) => {
      if (!hasToken(call)) return sendJson(reply, 401, { detail: 'Invalid token' })
      const upload = begin(call)
      storeUpload(world, upload, bodyOf(call))
      return sendJson(reply, 200, { access_url: `${addressOf(call).base}${upload.path}` })
    })
    app.post('/files/upload/multipart', async (call, reply) => {
      if (!hasToken(call)) return sendJson(reply, 401, { detail: 'Invalid token' })
      const upload = begin(call)
      return sendJson(reply, 200, {
        access_url: `${addressOf(call).base}${upload.path}`,
        uploadId: upload.id,
      })
    })
    app.put('/files/*', async (call, reply) => {
      const { upload, tail } = uploadAt(world, call)
      if (!upload) return sendJson(reply, 404, { detail: 'Not Found' })
      if (tail === '') {
        storeUpload(world, upload, bodyOf(call))
        return reply.code(200).type('text/plain').send('')
      }
      const partNumber = Number(tail)
      if (!Number.isInteger(partNumber) || partNumber < 1)
        return sendJson(reply, 400, { detail: 'Bad part number' })
      upload.parts.set(partNumber, bodyOf(call))
      // The JS client reads the etag from the body, the Python client from the header.
      const etag = etagOf(bodyOf(call))
      return sendJson(reply, 200, { partNumber, etag }, { etag })
    })
    app.post('/files/*', async (call, reply) => {
      const { upload, tail } = uploadAt(world, call)
      if (!upload || tail !== 'complete') return sendJson(reply, 404, { detail: 'Not Found' })
      const whole = joinParts(upload, jsonBodyOf(call))
      if (!whole) return sendJson(reply, 400, { detail: 'Parts do not match what was uploaded' })
      storeUpload(world, upload, whole)
      const url = `${addressOf(call).base}${upload.path}`
      return sendJson(reply, 200, { access_url: url, file_url: url })
    })
  }
}

/** The upload that a URL belongs to, by an id in its path (Python) or its signature (JS), and what follows the file's own path. */
function uploadAt(world: World, call: FastifyRequest): { upload: Upload | undefined; tail: string } {
  const { path, query } = addressOf(call)
  const [, id, tail = ''] = /\/multipart\/([^/]+)\/(\d+|complete)$/.exec(path) ?? []
  if (id !== undefined) return { upload: world.uploads.get(id), tail }
  const upload = world.uploads.get(query.get('signature') ?? '')
  const isOwn = upload !== undefined && path.startsWith(upload.path)
  return isOwn ? { upload, tail: path.slice(upload.path.length + 1) } : { upload: undefined, tail }
}
