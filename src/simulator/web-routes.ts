/** FAL's web host, as far as programs read it: the OpenAPI document of one model. */

import type { FastifyInstance } from 'fastify'
import { addressOf, sendJson } from './base/http-call.ts'
import { documentIn } from './models/given-models.ts'
import type { World } from './world/world.ts'

export function webRoutes(world: World) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/api/openapi/queue/openapi.json', async (call, reply) => {
      const document = documentIn(world, addressOf(call).query.get('endpoint_id') ?? '')
      return document ? sendJson(reply, 200, document) : sendJson(reply, 404, null)
    })
  }
}
