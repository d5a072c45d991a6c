/** The bodies that FAL posts when a request ends, and the older forms that some integrations still receive. */

import { isObject, type JsonObject } from '../base/json.ts'
import { withoutMedia } from '../models/without-media.ts'
import type { QueueRequest } from '../world/queue-request.ts'

const unserializable = 'Response payload is not JSON serializable. Fetch the result from the queue.'

/** The body of a finished request. */
export function webhookBody(request: QueueRequest): JsonObject {
  const { answer, faults } = request
  if (faults.strike('webhook-seed-style')) return seedStyleBody(request)
  const isOk = (answer?.statusCode ?? 500) < 400
  const start = {
    request_id: request.id,
    gateway_request_id: request.gatewayId,
    status: isOk ? 'OK' : 'ERROR',
    error: isOk ? null : `Invalid status code: ${answer?.statusCode}`,
  }
  const isUnwritable = answer?.statusCode === 404 || faults.strike('webhook-null-payload')
  if (isUnwritable) return { ...start, payload: null, payload_error: unserializable }
  const payload = faults.has('no-media-yet') ? withoutMedia(request) : (answer?.body ?? null)
  return { ...start, payload }
}

/** `ERROR` without payload, as received when the request itself went on. */
export function genericErrorBody(request: QueueRequest): JsonObject {
  return {
    request_id: request.id,
    gateway_request_id: request.gatewayId,
    status: 'ERROR',
    error: 'Invalid status code: 404',
    payload: null,
    payload_error: unserializable,
  }
}

/** Progress in the older form. */
export function seedStyleProgress(request: QueueRequest): JsonObject {
  return { request_id: request.id, status: 'IN_PROGRESS' }
}

function seedStyleBody(request: QueueRequest): JsonObject {
  const isOk = (request.answer?.statusCode ?? 500) < 400
  const output = request.answer?.body ?? null
  const place = request.faults.text('webhook-seed-style')
  const start = { request_id: request.id, status: isOk ? 'COMPLETED' : 'FAILED' }
  if (place !== 'top') return { ...start, [place]: output }
  return isObject(output) ? { ...output, ...start } : start
}
