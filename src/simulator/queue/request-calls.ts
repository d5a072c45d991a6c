/** Status, result and cancel of one request: every documented outcome, and the faults of polling. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, beginRaw, cut, realSeconds, sendJson, sendJsonText, sendPage } from '../base/http-call.ts'
import { isExpired, type QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { resultText, statusBody, urlsOf, wantsLogs } from './queue-answers.ts'
import type { QueueEngine } from './queue-engine.ts'

export type RequestCall = (
  call: FastifyRequest,
  reply: FastifyReply,
  request: QueueRequest,
) => Promise<FastifyReply>

export const notFound = { status: 'NOT_FOUND' }

/** 202 until completed, then 200. */
export function makeStatusCall(world: World, engine: QueueEngine): RequestCall {
  return async function statusCall(call, reply, request) {
    const { faults } = request
    const { path, query } = addressOf(call)
    request.calls.status += 1
    if (faults.strike('poll-401')) return sendJson(reply, 401, { detail: faults.text('poll-401') })
    if (faults.strike('status-503')) return sendPage(reply, 503, '503 Service Temporarily Unavailable')
    if (faults.strike('status-cut')) return cut(call, reply)
    if (faults.strike('status-slow')) await realSeconds(faults.number('status-slow'))
    if (faults.strike('status-garbage')) return sendPage(reply, 200, 'OK')
    if (faults.has('status-404') && isAppOnly(path, request)) {
      const rest = request.endpointId.slice(request.app.length) || '/'
      return sendJson(reply, 404, { detail: `Path ${rest} not found` })
    }
    if (isExpired(request, world.clock.now(), world.settings)) {
      return sendJson(reply, world.settings.expiredStatus, notFound)
    }
    const body = statusBody(engine, request, wantsLogs(world, request, query))
    if (faults.strike('status-unknown-word')) return sendJson(reply, 202, { ...body, status: 'WARMING_UP' })
    return sendJson(reply, request.status === 'COMPLETED' ? 200 : 202, body)
  }
}

/** Relays the model's status, headers and body; 400 before completion, 404 once forgotten. */
export function makeResultCall(world: World): RequestCall {
  return async function resultCall(call, reply, request) {
    const { answer, faults } = request
    request.calls.result += 1
    if (faults.strike('poll-401')) return sendJson(reply, 401, { detail: faults.text('poll-401') })
    if (!answer) {
      const body = { detail: 'Request is still in progress', request_id: request.id, ...urlsOf(request) }
      return sendJson(reply, 400, body, { 'x-fal-request-id': request.id })
    }
    if (isExpired(request, world.clock.now(), world.settings)) {
      return sendJson(reply, world.settings.expiredStatus, notFound)
    }
    if (isLate(world, request)) return sendPage(reply, 503, '503 Service Temporarily Unavailable')
    if (faults.strike('result-503')) return sendPage(reply, 503, '503 Service Temporarily Unavailable')
    const text = resultText(request, faults.strike('no-media-yet'))
    if (faults.strike('result-cut')) return cutInBody(call, reply, text)
    return sendJsonText(reply, answer.statusCode, text, {
      'x-fal-request-id': request.id,
      'x-fal-served-from': 'simulated-runner',
      ...shownHeaders(world, request),
    })
  }
}

/** The headers of the answer; those of the bill appear once the app has reported it. */
export function shownHeaders(world: World, { id, answer, faults }: QueueRequest): Record<string, string> {
  const { 'x-fal-billable-units': units, ...others } = answer?.headers ?? {}
  const isLate =
    faults.has('units-late') &&
    world.ledger.some((entry) => entry.requestId === id && entry.shownFrom > world.clock.now())
  return units === undefined || isLate ? others : { ...others, 'x-fal-billable-units': units }
}

export function makeCancelCall(engine: QueueEngine): RequestCall {
  return async function cancelCall(_call, reply, request) {
    request.calls.cancel += 1
    if (request.faults.strike('cancel-503'))
      return sendPage(reply, 503, '503 Service Temporarily Unavailable')
    if (request.faults.strike('cancel-too-late')) engine.completeNow(request)
    const outcome = engine.cancel(request)
    if (outcome === 'completed') return sendJson(reply, 400, { status: 'ALREADY_COMPLETED' })
    if (request.faults.strike('cancel-success-shape')) return sendJson(reply, 200, { success: true })
    if (outcome === 'removed') return sendJson(reply, 200, { status: 'OK' })
    return sendJson(reply, 202, { status: 'CANCELLATION_REQUESTED' })
  }
}

/** True while the result of a completed request is not available yet. */
function isLate(world: World, { faults, completedAt = 0 }: QueueRequest): boolean {
  if (!faults.has('result-late')) return false
  const isNow = world.clock.now() < completedAt + faults.number('result-late') * 1000
  return isNow && faults.strike('result-late')
}

function isAppOnly(path: string, request: QueueRequest): boolean {
  return path.replace(/^\/+/, '').startsWith(`${request.app}/requests/`)
}

function cutInBody(call: FastifyRequest, reply: FastifyReply, text: string): FastifyReply {
  const raw = beginRaw(reply, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  raw.write(text.slice(0, Math.max(1, text.length / 2)), () => call.raw.socket.destroy())
  return reply
}
