/**
 * Past requests in the Platform API: lists them by endpoint, which recovers a lost submit answer, and erases their
 * payloads.
 */

import { addressOf, sendJson } from '../base/http-call.ts'
import { type Json, type JsonObject, parseJson } from '../base/json.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { idsOf, listBody, pageOf } from './paging.ts'
import { type PlatformCall, sendPlatformError } from './platform-errors.ts'

const dayMs = 86_400_000

export function makeListRequests(world: World): PlatformCall {
  return function listRequests(call, reply) {
    const { query } = addressOf(call)
    const ids = idsOf(query)
    if (ids.length === 0) return sendPlatformError(reply, 400, 'endpoint_id is required')
    const requestId = query.get('request_id')
    const start = timeOf(query.get('start'), Date.now() - (requestId ? 90 : 1) * dayMs)
    const end = timeOf(query.get('end'), Number.POSITIVE_INFINITY)
    if (start === undefined || end === undefined) {
      return sendPlatformError(reply, 400, 'start and end must be ISO 8601 dates')
    }
    const status = query.get('status')
    const wanted = [...world.requests.values()].filter(
      (request) =>
        ids.includes(request.endpointId) &&
        (requestId === null || request.id === requestId) &&
        request.sentAt.getTime() >= start &&
        request.sentAt.getTime() < end &&
        (status === null || outcomeOf(request) === status),
    )
    wanted.sort(query.get('sort_by') === 'duration' ? byDuration : byEnd)
    const page = pageOf(wanted, query, { otherwise: 50, max: 100 })
    if (!page) return sendPlatformError(reply, 400, 'limit or cursor is not valid')
    const withPayloads = query.getAll('expand').includes('payloads')
    const items = page.items.map((request) => requestItem(world, request, withPayloads))
    return sendJson(reply, 200, listBody('items', { ...page, items }))
  }
}

/** Erases stored input and output and the output files; irreversible. */
export function makeDeletePayloads(world: World): PlatformCall {
  return function deletePayloads(call, reply) {
    const [, requestId = ''] = /\/models\/requests\/([^/]+)\/payloads$/.exec(addressOf(call).path) ?? []
    const request = world.requests.get(requestId)
    if (!request) return sendPlatformError(reply, 404, `Request "${requestId}" not found`)
    request.payloadsDeleted = true
    const results = request.files.map((path) => {
      const wasThere = world.files.delete(path)
      return { link: `${request.cdnBase}${path}`, exception: wasThere ? null : 'File not found' }
    })
    return sendJson(reply, 200, { cdn_delete_results: results })
  }
}

function requestItem(world: World, request: QueueRequest, withPayloads: boolean): JsonObject {
  const { sentAt, startedReal, endedReal, startedAt, completedAt } = request
  return {
    request_id: request.id,
    endpoint_id: request.endpointId,
    started_at: (startedReal ?? sentAt).toISOString(),
    sent_at: sentAt.toISOString(),
    ended_at: endedReal?.toISOString() ?? null,
    status_code: request.answer?.statusCode ?? null,
    duration: startedAt !== undefined && completedAt !== undefined ? (completedAt - startedAt) / 1000 : null,
    ...(withPayloads && payloadsOf(world, request)),
  }
}

/** A payload is kept while storage is on and its retention has not run out. */
function payloadsOf(world: World, request: QueueRequest): JsonObject {
  const { storedSeconds, storedMaxBytes } = world.settings
  const age = world.clock.now() - (request.completedAt ?? world.clock.now())
  if (!request.options.storeIo || request.payloadsDeleted || age >= storedSeconds * 1000) return {}
  const text = request.resultText
  const isStored = text !== undefined && Buffer.byteLength(text) <= storedMaxBytes
  const output: Readonly<Record<string, Json>> = isStored ? { json_output: parseJson(text) } : {}
  return { json_input: request.input, ...output }
}

function outcomeOf(request: QueueRequest): string | undefined {
  const { answer } = request
  if (!answer) return undefined
  if (answer.statusCode < 400) return 'success'
  return answer.statusCode < 500 ? 'user_error' : 'error'
}

function timeOf(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** Newest first; unfinished requests come before all others. */
function byEnd(a: QueueRequest, b: QueueRequest): number {
  const endOf = (request: QueueRequest) => request.endedReal?.getTime() ?? Number.MAX_SAFE_INTEGER
  return endOf(b) - endOf(a) || b.order - a.order
}

function byDuration(a: QueueRequest, b: QueueRequest): number {
  const lengthOf = ({ startedAt, completedAt }: QueueRequest) => (completedAt ?? 0) - (startedAt ?? 0)
  return lengthOf(b) - lengthOf(a) || b.order - a.order
}
