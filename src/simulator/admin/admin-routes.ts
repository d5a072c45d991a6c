/** The admin over HTTP, under `/_simulator`: the same operations for other processes and other languages. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { jsonBodyOf, realSeconds, sendJson } from '../base/http-call.ts'
import { isObject, type JsonObject, toPythonJson } from '../base/json.ts'
import { checkFaultRule } from '../faults/fault-rule.ts'
import type { AnyWebhook } from '../webhooks/webhook-sender.ts'
import { checkGivenModel } from '../world/given-model.ts'
import type { SimulatorAdmin } from './simulator-admin.ts'

export function adminRoutes(admin: SimulatorAdmin) {
  return async (app: FastifyInstance): Promise<void> => {
    addViews(app, admin)
    addRequests(app, admin)
    addWorld(app, admin)
    app.setErrorHandler((error, _call, reply) => {
      if (error instanceof TypeError) return sendJson(reply, 400, { detail: error.message })
      throw error
    })
  }
}

function addViews(app: FastifyInstance, admin: SimulatorAdmin): void {
  app.get('/state', async (_call, reply) => reply.send(admin.state()))
  app.get('/totals', async (_call, reply) => reply.send(admin.totals()))
  app.get('/requests', async (_call, reply) => reply.send(admin.state().requests))
  app.get<ById>('/requests/:id', async (call, reply) => {
    const view = admin.request(call.params.id)
    return view ? reply.send(view) : unknownRequest(reply)
  })
  app.get('/bills', async (_call, reply) => reply.send(admin.bills()))
  app.get<ById>('/media/:id', async (call, reply) => reply.send(admin.media(call.params.id)))
}

/** What happens to requests: outcomes, webhooks, faults and the models they call. */
function addRequests(app: FastifyInstance, admin: SimulatorAdmin): void {
  app.post<ById>('/requests/:id/complete', async (call, reply) =>
    admin.complete(call.params.id) ? ok(reply) : unknownRequest(reply),
  )
  app.post<ById>('/requests/:id/webhook', async (call, reply) => {
    const result = await admin.resendWebhook(call.params.id)
    return result ? reply.send(result) : unknownRequest(reply)
  })

  app.post('/webhook', async (call, reply) => reply.send(await admin.sendWebhook(webhookOf(fieldsOf(call)))))

  app.get('/faults', async (_call, reply) => reply.send(admin.state().faultRules))
  app.post('/faults', async (call, reply) => {
    admin.addFault(checkFaultRule(fieldsOf(call)))
    return ok(reply)
  })
  app.delete('/faults', async (_call, reply) => {
    admin.clearFaults()
    return ok(reply)
  })

  app.post('/models', async (call, reply) => {
    admin.giveModel(checkGivenModel(jsonBodyOf(call)))
    return ok(reply)
  })
}

/** What is around them: time, keys and outages. */
function addWorld(app: FastifyInstance, admin: SimulatorAdmin): void {
  app.post('/clock', async (call, reply) => {
    admin.advance(numberField(call, 'advanceSeconds'))
    return ok(reply)
  })
  app.post('/keys/rotate', async (_call, reply) => {
    admin.rotateKey()
    return ok(reply)
  })
  app.post('/keys/revoke', async (call, reply) => {
    admin.revokeKey(String(fieldsOf(call).key))
    return ok(reply)
  })
  app.post('/jwks/down', async (call, reply) => {
    admin.jwksDown(numberField(call, 'seconds'))
    return ok(reply)
  })
  app.post('/down', async (call, reply) => {
    const { mode } = fieldsOf(call)
    if (mode !== 'refuse') {
      await admin.down(mode === 'platform' ? 'platform' : '503')
      return ok(reply)
    }
    const seconds = numberField(call, 'seconds')
    reply.raw.once('finish', () => {
      refuseFor(admin, seconds).catch((error: unknown) => app.log.error(error))
    })
    return ok(reply)
  })
  app.post('/up', async (_call, reply) => {
    await admin.up()
    return ok(reply)
  })
  app.post('/reset', async (_call, reply) => {
    admin.reset()
    return ok(reply)
  })
}

interface ById {
  Params: { id: string }
}

/**
 * The port is closed after the answer was sent, and reopens by itself, since no caller could reach the route that
 * reopens it.
 */
async function refuseFor(admin: SimulatorAdmin, seconds: number): Promise<void> {
  await admin.down('refuse')
  await realSeconds(seconds)
  await admin.up()
}

function fieldsOf(call: FastifyRequest): JsonObject {
  const body = jsonBodyOf(call)
  if (!isObject(body)) throw new TypeError('The body must be a JSON object')
  return body
}

function webhookOf({ url, requestId, body, userId, ageSeconds }: JsonObject): AnyWebhook {
  if (typeof url !== 'string' || typeof requestId !== 'string')
    throw new TypeError('url and requestId are required')
  return {
    url,
    requestId,
    body: typeof body === 'string' ? body : toPythonJson(body ?? null),
    ...(typeof userId === 'string' && { userId }),
    ...(typeof ageSeconds === 'number' && { ageSeconds }),
  }
}

function numberField(call: FastifyRequest, name: string): number {
  const value = fieldsOf(call)[name]
  if (typeof value !== 'number' || !(value >= 0)) throw new TypeError(`${name} must be a number of 0 or more`)
  return value
}

function ok(reply: FastifyReply): FastifyReply {
  return sendJson(reply, 200, { ok: true })
}

function unknownRequest(reply: FastifyReply): FastifyReply {
  return sendJson(reply, 404, { detail: 'No such request' })
}
