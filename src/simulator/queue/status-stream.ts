/**
 * The status stream: sends one event for every change and every new log line, comment lines in between, and closes
 * after COMPLETED.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, beginRaw } from '../base/http-call.ts'
import { toJson } from '../base/json.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { statusBody, wantsLogs } from './queue-answers.ts'
import type { QueueEngine } from './queue-engine.ts'
import type { RequestCall } from './request-calls.ts'

/** Interval between checks for new log lines; real ms. */
const pollEveryMs = 100

export function makeStreamCall(world: World, engine: QueueEngine): RequestCall {
  return async function streamCall(call: FastifyRequest, reply: FastifyReply, request: QueueRequest) {
    const { query } = addressOf(call)
    request.calls.stream += 1
    const raw = beginRaw(reply, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    })
    raw.write(': ping\n\n')

    let sentLogs = 0
    let lastSent = ''
    const send = () => {
      const logs = wantsLogs(world, request, query)
      const fresh = logs?.slice(sentLogs) ?? null
      const body = statusBody(engine, request, fresh)
      const key = `${request.status} ${body.queue_position ?? ''}`
      if (key === lastSent && (fresh?.length ?? 0) === 0) return
      lastSent = key
      sentLogs = logs?.length ?? 0
      raw.write(`data: ${toJson(body)}\n\n`)
      if (request.status === 'COMPLETED') raw.end()
    }
    const looking = setInterval(send, pollEveryMs)
    const pinging = setInterval(() => raw.write(': ping\n\n'), world.settings.pingSeconds * 1000)
    const stop = () => {
      clearInterval(looking)
      clearInterval(pinging)
      world.changes.off(request.id, send)
    }
    world.changes.on(request.id, send)
    raw.on('close', stop)
    raw.on('finish', stop)
    send()
    return reply
  }
}
