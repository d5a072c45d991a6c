/** Uploads straight to the CDN, as the Python client does them: one POST, or multipart with the ETag in a header. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { addressOf, bodyOf, headerOf, jsonBodyOf, sendJson } from '../base/http-call.ts'
import { joinParts, safeName, storeUpload } from '../rest/storage-routes.ts'
import { jsonHeader, lifecycleOf, openForEver } from '../world/file-lifecycle.ts'
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
    app.put<{ Params: { '*': string } }>('/files/*', async (call, reply) => {
      const [, id = '', part = ''] = /\/multipart\/([^/]+)\/(\d+)$/.exec(call.params['*']) ?? []
      const upload = world.uploads.get(id)
      if (!upload || Number(part) < 1) return sendJson(reply, 404, { detail: 'Not Found' })
      upload.parts.set(Number(part), bodyOf(call))
      return sendJson(reply, 200, {}, { etag: etagOf(bodyOf(call)) })
    })
    app.post<{ Params: { '*': string } }>('/files/*', async (call, reply) => {
      const [, id = ''] = /\/multipart\/([^/]+)\/complete$/.exec(call.params['*']) ?? []
      const upload = world.uploads.get(id)
      if (!upload) return sendJson(reply, 404, { detail: 'Not Found' })
      const whole = joinParts(upload, jsonBodyOf(call))
      if (!whole) return sendJson(reply, 400, { detail: 'Parts do not match what was uploaded' })
      storeUpload(world, upload, whole)
      return sendJson(reply, 200, { access_url: `${addressOf(call).base}${upload.path}` })
    })
  }
}
