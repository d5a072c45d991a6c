/** Synchronous runs on fal.run: the call blocks until its request ends and relays the answer; `/stream` tells progress. */

import { once } from 'node:events'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { credentialsOf } from '../credentials.ts'
import { addressOf, bodyOf, cut, sendJson, sendJsonText } from '../http-call.ts'
import { toJson } from '../json.ts'
import { promptOf } from '../models/read-input.ts'
import { newRequest } from '../queue/new-request.ts'
import type { QueueEngine } from '../queue/queue-engine.ts'
import { parseQueuePath } from '../queue/queue-path.ts'
import type { QueueRequest } from '../queue/queue-request.ts'
import { type Refusal, readInput, refusalOf } from '../queue/submit-call.ts'
import { keepRequest, recordSubmit } from '../record-keeping.ts'
import type { World } from '../world.ts'

export function runRoutes(world: World, engine: QueueEngine) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/*', async (call, reply) => {
      const path = parseQueuePath(addressOf(call).path.replace(/\/stream\/?$/, ''))
      if (path?.kind !== 'endpoint') return sendJson(reply, 404, { detail: 'Not Found' })
      const credentials = credentialsOf(world, call)
      const input = readInput(bodyOf(call))
      const inputText = toJson(input ?? null)
      const { endpointId } = path
      const faults = world.faults.attach(endpointId, inputText)
      const key = credentials.kind === 'key' ? credentials.key : undefined
      const record = (requestId: string | null, statusCode: number) =>
        recordSubmit(world, { endpointId, prompt: promptOf(input ?? null), requestId, statusCode, key })
      if (faults.strike('submit-cut-before')) {
        record(null, 0)
        return cut(call, reply)
      }
      const refusal =
        refusalOf(credentials, endpointId, input, faults) ?? (engine.isFull() ? tooMany : undefined)
      if (refusal) {
        record(null, refusal.statusCode)
        return sendJson(reply, refusal.statusCode, refusal.body, refusal.headers ?? {})
      }
      const request = newRequest(world, call, { endpointId, input: input ?? null, inputText, faults })
      request.viaKey = key
      record(request.id, 200)
      keepRequest(world, request)
      engine.accept(request)
      if (faults.strike('submit-cut-after')) return cut(call, reply)
      reply.raw.once('close', () => {
        if (request.status !== 'COMPLETED') engine.cancel(request)
      })
      return addressOf(call).path.endsWith('/stream')
        ? streamRun(world, reply, request)
        : blockingRun(world, reply, request)
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
    ...request.answer?.headers,
  })
}

/** Each event repeats what is known; the last one is the whole output. */
async function streamRun(world: World, reply: FastifyReply, request: QueueRequest): Promise<FastifyReply> {
  reply.hijack()
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-fal-request-id': request.id,
  })
  reply.raw.write(`: ping\n\ndata: ${toJson({ progress: 0 })}\n\n`)
  await completionOf(world, request)
  reply.raw.end(`data: ${request.resultText ?? 'null'}\n\n`)
  return reply
}

async function completionOf(world: World, request: QueueRequest): Promise<void> {
  while (request.status !== 'COMPLETED') await once(world.changes, request.id)
}
