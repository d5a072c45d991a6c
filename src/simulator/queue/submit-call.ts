/** Takes a submit: checks the key, attaches faults, and either refuses, loses the answer, or accepts into the queue. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Credentials, credentialsOf, noUserFound } from '../credentials.ts'
import type { RequestFaults } from '../faults/request-faults.ts'
import { addressOf, bodyOf, cut, realSeconds, sendJson, sendPage } from '../http-call.ts'
import { type Json, parseJson, toJson } from '../json.ts'
import { promptOf } from '../models/read-input.ts'
import { keepRequest, recordSubmit } from '../record-keeping.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import type { World } from '../world.ts'
import { newRequest } from './new-request.ts'
import { submitBody } from './queue-answers.ts'
import type { QueueEngine } from './queue-engine.ts'
import { requestErrorAnswer } from './request-errors.ts'

export function createSubmitCall(world: World, engine: QueueEngine, webhooks: WebhookSender) {
  return async (call: FastifyRequest, reply: FastifyReply, endpointId: string): Promise<FastifyReply> => {
    const credentials = credentialsOf(world, call)
    const input = readInput(bodyOf(call))
    const inputText = toJson(input ?? null)
    const faults = world.faults.attach(endpointId, inputText)
    const key = credentials.kind === 'key' ? credentials.key : undefined
    const record = (requestId: string | null, statusCode: number) =>
      recordSubmit(world, { endpointId, prompt: promptOf(input ?? null), requestId, statusCode, key })

    if (faults.strike('submit-cut-before')) {
      record(null, 0)
      return cut(call, reply)
    }
    const refusal = refusalOf(credentials, endpointId, input, faults) ?? queueLimit(call, engine, endpointId)
    if (refusal) {
      record(null, refusal.statusCode)
      return sendJson(reply, refusal.statusCode, refusal.body, refusal.headers ?? {})
    }

    const request = newRequest(world, call, { endpointId, input: input ?? null, inputText, faults })
    request.viaKey = key
    const entry = record(request.id, 200)
    keepRequest(world, request)
    engine.accept(request)
    if (faults.strike('submit-cut-after')) {
      entry.statusCode = 0
      return cut(call, reply)
    }
    if (faults.strike('webhook-early')) {
      engine.completeNow(request)
      await webhooks.firstAttemptOf(request)
    }
    if (faults.strike('submit-slow')) await realSeconds(faults.number('submit-slow'))
    if (faults.strike('submit-garbage')) return sendPage(reply, 200, 'OK')
    return sendJson(reply, 200, submitBody(request, engine.positionOf(request)), {
      'x-fal-request-id': request.id,
    })
  }
}

export interface Refusal {
  readonly statusCode: number
  readonly body: Json
  readonly headers?: Readonly<Record<string, string>>
}

function detail(statusCode: number, text: string): Refusal {
  return { statusCode, body: { detail: text } }
}

/** The input; undefined when the body is not JSON. An absent body is an empty input, as from the JS client. */
export function readInput(body: Buffer): Json | undefined {
  if (body.length === 0) return {}
  try {
    return parseJson(body.toString('utf8'))
  } catch {
    // Not JSON: the caller answers `bad_request`.
    return undefined
  }
}

/** Why FAL would not accept this submit, if so. */
export function refusalOf(
  credentials: Credentials,
  endpointId: string,
  input: Json | undefined,
  faults: RequestFaults,
): Refusal | undefined {
  if (credentials.kind === 'refused') return detail(401, credentials.detail)
  const app = endpointId.split('/').slice(0, 2).join('/')
  if (credentials.kind === 'none') {
    return detail(
      401,
      `Cannot access application "${app}". Authentication is required to access this application.`,
    )
  }
  if (faults.strike('key-revoked')) return detail(401, noUserFound)
  if (faults.strike('balance-exhausted')) {
    const reason = 'Exhausted balance. Top up your balance at fal.ai/dashboard/billing.'
    return detail(403, `User is locked. Reason: ${reason}`)
  }
  if (faults.strike('unknown-app') || app.endsWith('/no-such-app')) {
    return detail(404, `Application "${app}" not found`)
  }
  if (faults.strike('submit-429')) return detail(429, 'Too many requests')
  if (faults.strike('submit-503'))
    return requestErrorAnswer('runner_scheduling_failure', 'Service unavailable')
  if (faults.strike('submit-500')) return requestErrorAnswer('internal_error')
  return input === undefined ? requestErrorAnswer('bad_request', 'Request body is not valid JSON') : undefined
}

function queueLimit(call: FastifyRequest, engine: QueueEngine, endpointId: string): Refusal | undefined {
  const limit = addressOf(call).query.get('fal_max_queue_length')
  if (limit === null || !/^\d+$/.test(limit) || engine.waitingOn(endpointId) <= Number(limit))
    return undefined
  return detail(429, `Queue length of "${endpointId}" is over ${limit}`)
}
