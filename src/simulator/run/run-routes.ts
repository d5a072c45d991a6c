/**
 * Synchronous runs on fal.run: the call blocks until its request ends and relays the answer; `/stream` sends
 * progress.
 */

import { once } from 'node:events'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { addressOf, beginRaw, cut, sendJson, sendJsonText } from '../base/http-call.ts'
import { toJson } from '../base/json.ts'
import type { QueueEngine } from '../queue/queue-engine.ts'
import { parseQueuePath } from '../queue/queue-path.ts'
import { shownHeaders } from '../queue/request-calls.ts'
import { type Refusal, takeSubmit } from '../queue/take-submit.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'

export function runRoutes(world: World, engine: QueueEngine) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/*', async (call, reply) => {
      const address = addressOf(call)
      const path = parseQueuePath(address.path.replace(/\/stream\/?$/, ''))
      if (path?.kind !== 'endpoint') return sendJson(reply, 404, { detail: 'Not Found' })
      const limit = () => (engine.isFull() ? tooMany : undefined)
      const taken = takeSubmit(world, engine, call, path.endpointId, limit)
      if (taken.kind === 'cut') return cut(call, reply)
      if (taken.kind === 'refused') {
        const { statusCode, body, headers } = taken.refusal
        return sendJson(reply, statusCode, body, headers)
      }
      const { request } = taken
      reply.raw.once('close', () => {
        if (request.status !== 'COMPLETED') engine.cancel(request)
      })
      const isStream = /\/stream\/?$/.test(address.path)
      return isStream ? streamRun(world, reply, request) : blockingRun(world, reply, request)
    })
  }
}

const tooMany: Refusal = {
  statusCode: 429,
  body: { detail: 'Concurrent requests limit reached', error_type: 'concurrent_requests_limit' },
  headers: { 'x-fal-needs-retry': '1' },
}

async function blockingRun(world: World, reply: FastifyReply, request: QueueRequest): Promise<FastifyReply> {
  await completionOf(world, request)
  return sendJsonText(reply, request.answer?.statusCode ?? 500, request.resultText ?? 'null', {
    'x-fal-request-id': request.id,
    ...shownHeaders(world, request),
  })
}

/** The last event is the whole output. */
async function streamRun(world: World, reply: FastifyReply, request: QueueRequest): Promise<FastifyReply> {
  const raw = beginRaw(reply, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-fal-request-id': request.id,
  })
  raw.write(`: ping\n\ndata: ${toJson({ progress: 0 })}\n\n`)
  await completionOf(world, request)
  raw.end(`data: ${request.resultText ?? 'null'}\n\n`)
  return reply
}

async function completionOf(world: World, request: QueueRequest): Promise<void> {
  while (request.status !== 'COMPLETED') await once(world.changes, request.id)
}
