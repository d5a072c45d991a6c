/** The bodies of the queue's answers: the status object with its URLs, and the result that a result call relays. */

import { isObject, type JsonObject, toJson } from '../base/json.ts'
import { withoutMedia } from '../models/without-media.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import type { QueueEngine } from './queue-engine.ts'
import { logsOf } from './request-logs.ts'

export function urlsOf(request: QueueRequest): JsonObject {
  const requestUrl = `${request.base}/${request.app}/requests/${request.id}`
  return { response_url: requestUrl, status_url: `${requestUrl}/status`, cancel_url: `${requestUrl}/cancel` }
}

export function submitBody(request: QueueRequest, position: number): JsonObject {
  const urls = request.faults.strike('submit-no-urls')
    ? { response_url: null, status_url: null, cancel_url: null }
    : urlsOf(request)
  return {
    status: 'IN_QUEUE',
    request_id: request.id,
    gateway_request_id: request.gatewayId,
    ...urls,
    queue_position: position,
  }
}

/** `logs` is null when the caller did not ask for them. */
export function statusBody(
  engine: QueueEngine,
  request: QueueRequest,
  logs: readonly JsonObject[] | null,
): JsonObject {
  const start = { status: request.status, request_id: request.id, ...urlsOf(request), logs }
  if (request.status === 'IN_QUEUE') {
    return { ...start, queue_position: engine.positionOf(request), metrics: {} }
  }
  if (request.status === 'IN_PROGRESS') return { ...start, metrics: {} }
  return { ...start, metrics: { inference_time: inferenceTime(request) }, ...errorOf(request) }
}

export function wantsLogs(
  world: World,
  request: QueueRequest,
  query: URLSearchParams,
): readonly JsonObject[] | null {
  const asked = query.get('logs')
  return asked === '1' || asked === 'true' ? logsOf(world, request) : null
}

function inferenceTime(request: QueueRequest): number | null {
  if (request.startedAt === undefined || request.completedAt === undefined) return null
  return Math.round(request.completedAt - request.startedAt) / 1000
}

function errorOf(request: QueueRequest): JsonObject {
  const { answer } = request
  if (!answer?.errorType) return {}
  const error = isObject(answer.body) ? (answer.body.detail ?? null) : null
  return { error, error_type: answer.errorType }
}

/** The result as it is sent now; `hideMedia` omits the files. */
export function resultText(request: QueueRequest, hideMedia: boolean): string {
  if (!hideMedia) return request.resultText ?? 'null'
  return toJson(withoutMedia(request))
}
