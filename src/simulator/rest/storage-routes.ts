/** Storage on the REST host, as the JS client uses it: an upload is initiated here, and its bytes go to the CDN. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { baseOf } from '../base/hosts.ts'
import { headerOf, jsonBodyOf, sendJson } from '../base/http-call.ts'
import { isObject, type Json } from '../base/json.ts'
import { credentialsOf } from '../world/credentials.ts'
import { jsonHeader, lifecycleOf, openForEver } from '../world/file-lifecycle.ts'
import { safeName } from '../world/store-upload.ts'
import type { Upload } from '../world/upload-store.ts'
import type { World } from '../world/world.ts'

export function storageRoutes(world: World) {
  return async (app: FastifyInstance): Promise<void> => {
    const initiate = async (call: FastifyRequest, reply: FastifyReply) => {
      const credentials = credentialsOf(world, call)
      if (credentials.kind !== 'key') {
        const text = credentials.kind === 'refused' ? credentials.detail : 'Authentication required'
        return sendJson(reply, 401, { detail: text })
      }
      const body = jsonBodyOf(call)
      const problems = initiationProblems(body)
      if (problems.length > 0) return sendJson(reply, 422, { detail: problems })
      const upload = beginUpload(world, call, body)
      const url = `${baseOf('v3b.fal.media', call.headers)}${upload.path}`
      return sendJson(reply, 200, { file_url: url, upload_url: `${url}?signature=${upload.id}` })
    }
    app.post('/storage/upload/initiate', initiate)
    app.post('/storage/upload/initiate-multipart', initiate)
  }
}

function beginUpload(world: World, call: FastifyRequest, body: Json | undefined): Upload {
  const fields = isObject(body) ? body : {}
  const header =
    headerOf(call, 'x-fal-object-lifecycle') ?? headerOf(call, 'x-fal-object-lifecycle-preference')
  return world.uploads.begin({
    id: world.random.hex(32),
    path: `/files/b/${world.random.hex(8)}/${safeName(String(fields.file_name))}`,
    contentType: String(fields.content_type),
    ...lifecycleOf(jsonHeader(header), openForEver),
  })
}

function initiationProblems(body: Json | undefined): Json[] {
  return ['content_type', 'file_name'].flatMap((name) =>
    isObject(body) && typeof body[name] === 'string' && body[name] !== ''
      ? []
      : [{ loc: ['body', name], msg: 'Field required', type: 'missing' }],
  )
}
