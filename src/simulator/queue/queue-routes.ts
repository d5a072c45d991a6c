/** The queue's host: any path form of submit, status, stream, result and cancel, decided by the request id. */

import type { FastifyInstance } from 'fastify'
import { addressOf, sendJson } from '../base/http-call.ts'
import { requestErrorAnswer } from '../errors/request-errors.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import { credentialsOf } from '../world/credentials.ts'
import type { World } from '../world/world.ts'
import type { QueueEngine } from './queue-engine.ts'
import { parseQueuePath, type QueueCall } from './queue-path.ts'
import {
  makeCancelCall,
  makeResultCall,
  makeStatusCall,
  notFound,
  type RequestCall,
} from './request-calls.ts'
import { makeStreamCall } from './status-stream.ts'
import { makeSubmitCall } from './submit-call.ts'

export function queueRoutes(world: World, engine: QueueEngine, webhooks: WebhookSender) {
  const submit = makeSubmitCall(world, engine, webhooks)
  const calls: Readonly<Record<QueueCall, RequestCall>> = {
    status: makeStatusCall(world, engine),
    stream: makeStreamCall(world, engine),
    result: makeResultCall(world),
    cancel: makeCancelCall(engine),
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.all('/*', async (call, reply) => {
      if (world.queueIsDown) {
        const answer = requestErrorAnswer('runner_scheduling_failure', 'Service unavailable')
        return sendJson(reply, 503, answer.body)
      }
      const path = parseQueuePath(addressOf(call).path)
      if (!path) return sendJson(reply, 404, { detail: 'Not Found' })
      if (path.kind === 'endpoint') {
        if (call.method !== 'POST') return sendJson(reply, 405, { detail: 'Method Not Allowed' })
        return submit(call, reply, path.endpointId)
      }
      if (call.method !== methodOf(path.call)) return sendJson(reply, 405, { detail: 'Method Not Allowed' })
      const credentials = credentialsOf(world, call)
      if (credentials.kind === 'refused') return sendJson(reply, 401, { detail: credentials.detail })
      const request = world.requests.get(path.requestId)
      if (!request) return sendJson(reply, 404, notFound)
      if (credentials.kind === 'none') {
        return sendJson(reply, 401, { detail: `Cannot access application "${request.app}"` })
      }
      return calls[path.call](call, reply, request)
    })
  }
}

function methodOf(call: QueueCall): string {
  return call === 'cancel' ? 'PUT' : 'GET'
}
