/** Storage on the REST host, as the JS client uses it: initiation, the PUT of the bytes, and multipart. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, bodyOf, headerOf, jsonBodyOf, sendJson } from '../base/http-call.ts'
import { isList, isObject, type Json } from '../base/json.ts'
import { noFaults } from '../faults/request-faults.ts'
import { credentialsOf } from '../world/credentials.ts'
import { jsonHeader, lifecycleOf, openForEver } from '../world/file-lifecycle.ts'
import { etagOf, type Upload } from '../world/upload-store.ts'
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
      const { base, cdnBase, restBase } = addressOf(call)
      const upload = beginUpload(world, call, body)
      return sendJson(reply, 200, {
        file_url: `${cdnBase}${upload.path}`,
        upload_url: `${base.endsWith('fal.ai') ? base : restBase}/storage/uploads/${upload.id}?signature=${world.random.hex(16)}`,
      })
    }
    app.post('/storage/upload/initiate', initiate)
    app.post('/storage/upload/initiate-multipart', initiate)
    app.put<{ Params: { id: string } }>('/storage/uploads/:id', async (call, reply) => {
      const upload = world.uploads.get(call.params.id)
      if (!upload) return sendJson(reply, 404, { detail: 'Upload not found' })
      storeUpload(world, upload, bodyOf(call))
      return sendJson(reply, 200, {})
    })
    app.put<{ Params: { id: string; part: string } }>('/storage/uploads/:id/:part', async (call, reply) => {
      const upload = world.uploads.get(call.params.id)
      const partNumber = Number(call.params.part)
      if (!upload) return sendJson(reply, 404, { detail: 'Upload not found' })
      if (!Number.isInteger(partNumber) || partNumber < 1)
        return sendJson(reply, 400, { detail: 'Bad part number' })
      upload.parts.set(partNumber, bodyOf(call))
      const etag = etagOf(bodyOf(call))
      return sendJson(reply, 200, { partNumber, etag }, { etag })
    })
    app.post<{ Params: { id: string } }>('/storage/uploads/:id/complete', async (call, reply) => {
      const upload = world.uploads.get(call.params.id)
      if (!upload) return sendJson(reply, 404, { detail: 'Upload not found' })
      const whole = joinParts(upload, jsonBodyOf(call))
      if (!whole) return sendJson(reply, 400, { detail: 'Parts do not match what was uploaded' })
      storeUpload(world, upload, whole)
      return sendJson(reply, 200, { file_url: `${addressOf(call).cdnBase}${upload.path}` })
    })
  }
}

/** The parts in the order of the list, each with the etag it was given; undefined when one does not match. */
export function joinParts(upload: Upload, body: Json | undefined): Buffer | undefined {
  const listed = isObject(body) && isList(body.parts) ? body.parts : []
  const parts = listed.map((entry) => {
    if (!isObject(entry)) return undefined
    const part = upload.parts.get(Number(entry.partNumber))
    return part && etagOf(part) === entry.etag ? part : undefined
  })
  const found = parts.filter((part) => part !== undefined)
  return found.length > 0 && found.length === parts.length ? Buffer.concat(found) : undefined
}

export function storeUpload(world: World, upload: Upload, bytes: Buffer): void {
  const { path, contentType, access, expirySeconds } = upload
  const expiresAt = expirySeconds > 0 ? world.clock.now() + expirySeconds * 1000 : undefined
  world.files.put({ path, bytes, contentType, access, expiresAt, faults: noFaults })
  world.uploads.end(upload.id)
}

function beginUpload(world: World, call: FastifyRequest, body: Json | undefined): Upload {
  const fields = isObject(body) ? body : {}
  const header =
    headerOf(call, 'x-fal-object-lifecycle') ?? headerOf(call, 'x-fal-object-lifecycle-preference')
  return world.uploads.begin({
    id: world.random.uuid(),
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

export function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').slice(-120) || 'file'
}
