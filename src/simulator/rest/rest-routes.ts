/** The REST host: the webhook key set, storage, and the tokens of the official clients. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, sendJson, sendPage } from '../base/http-call.ts'
import { credentialsOf } from '../world/credentials.ts'
import type { World } from '../world/world.ts'
import { storageRoutes } from './storage-routes.ts'

const cdnTokenSeconds = 3600

export function restRoutes(world: World) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/.well-known/jwks.json', async (_call, reply) => {
      world.jwksReads += 1
      if (Date.now() < world.jwksDownUntil) return sendPage(reply, 503, '503 Service Temporarily Unavailable')
      const keys = world.signing.published().map((key) => ({ ...key }))
      return sendJson(reply, 200, { keys }, { 'cache-control': 'public, max-age=86400' })
    })

    const withKey =
      (answer: (call: FastifyRequest, reply: FastifyReply) => FastifyReply) =>
      async (call: FastifyRequest, reply: FastifyReply) => {
        const credentials = credentialsOf(world, call)
        if (credentials.kind === 'key') return answer(call, reply)
        const text = credentials.kind === 'refused' ? credentials.detail : 'Authentication required'
        return sendJson(reply, 401, { detail: text })
      }
    const jwt = withKey((_call, reply) =>
      sendJson(reply, 200, `sim.${world.random.hex(32)}.${world.random.hex(32)}`),
    )
    for (const path of ['/tokens', '/tokens/', '/tokens/realtime']) app.post(path, jwt)
    app.post(
      '/storage/auth/token',
      withKey((call, reply) => {
        const expiresAt = new Date(Date.now() + cdnTokenSeconds * 1000).toISOString()
        const baseUrl = addressOf(call).cdnBase
        const token = world.fileAccess.accountToken()
        return sendJson(reply, 200, { token, token_type: 'Bearer', base_url: baseUrl, expires_at: expiresAt })
      }),
    )
    await app.register(storageRoutes(world))
  }
}
