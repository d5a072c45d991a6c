/** FAL's web host, as far as tools read it: the OpenAPI document of one model. */

import type { FastifyInstance } from 'fastify'
import { addressOf, sendJson } from './base/http-call.ts'
import { findModel } from './models/catalogue.ts'
import { modelOpenapi } from './models/model-openapi.ts'

export async function webRoutes(app: FastifyInstance): Promise<void> {
  app.get('/api/openapi/queue/openapi.json', async (call, reply) => {
    const model = findModel(addressOf(call).query.get('endpoint_id') ?? '')
    return model ? sendJson(reply, 200, modelOpenapi(model)) : sendJson(reply, 404, null)
  })
}
