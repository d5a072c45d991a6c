/** The Platform API's host: catalogue and prices, past requests, keys and billing, each behind the key it needs. */

import type { FastifyInstance } from 'fastify'
import { sendJson } from '../base/http-call.ts'
import type { World } from '../world/world.ts'
import { createAccountCalls } from './account-calls.ts'
import { createModelCalls } from './model-calls.ts'
import { sendPlatformError, withAdminKey, withKey } from './platform-errors.ts'
import { makeDeletePayloads, makeListRequests } from './request-calls.ts'

export function platformRoutes(world: World) {
  const account = createAccountCalls(world)
  const models = createModelCalls(world)
  return async (app: FastifyInstance): Promise<void> => {
    app.addHook('onRequest', async (_call, reply) => {
      if (world.platformIsDown) return sendPlatformError(reply, 500, 'Internal server error')
    })
    app.get('/v1/meta', async (_call, reply) => sendJson(reply, 200, { webhook_ip_ranges: ['127.0.0.1/32'] }))
    app.get('/v1/models', models.listModels)
    app.get('/v1/models/pricing', withKey(world, models.listPrices))
    app.post('/v1/models/pricing/estimate', withKey(world, models.estimatePrice))
    app.get('/v1/models/requests/by-endpoint', withKey(world, makeListRequests(world)))
    app.delete('/v1/models/requests/:id/payloads', withAdminKey(world, makeDeletePayloads(world)))
    app.get('/v1/models/billing-events', withAdminKey(world, account.billingEvents))
    app.get('/v1/account/billing', withAdminKey(world, account.balance))
    app.get('/v1/keys', withAdminKey(world, account.listKeys))
    app.post('/v1/keys', withAdminKey(world, account.createKey))
    app.delete('/v1/keys/:id', withAdminKey(world, account.deleteKey))
    app.post('/v1/storage/files/sign', withKey(world, account.signFile))
  }
}
