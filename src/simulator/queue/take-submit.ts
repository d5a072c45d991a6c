/**
 * The part that queue and synchronous run share: attaches faults, then refuses as FAL does or accepts a request and
 * counts it.
 */

import type { FastifyRequest } from 'fastify'
import { appOf } from '../base/endpoint-id.ts'
import { jsonBodyOf } from '../base/http-call.ts'
import { type Json, toJson } from '../base/json.ts'
import { requestErrorAnswer } from '../errors/request-errors.ts'
import type { RequestFaults } from '../faults/request-faults.ts'
import { missingOf, nearWords } from '../models/existence.ts'
import { promptOf } from '../models/read-input.ts'
import { type Credentials, credentialsOf } from '../world/credentials.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import { keepRequest, recordSubmit } from '../world/record-keeping.ts'
import type { World } from '../world/world.ts'
import { newRequest } from './new-request.ts'
import type { QueueEngine } from './queue-engine.ts'

export interface Refusal {
  readonly statusCode: number
  readonly body: Json
  readonly headers?: Readonly<Record<string, string>>
}

export type TakenSubmit =
  /** True when the connection is to be cut, whether a request was accepted or not. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'accepted'; readonly request: QueueRequest }

/** `limit` adds the refusals of this kind of submit to FAL's usual ones. */
export function takeSubmit(
  world: World,
  engine: QueueEngine,
  call: FastifyRequest,
  endpointId: string,
  limit: () => Refusal | undefined,
): TakenSubmit {
  const credentials = credentialsOf(world, call)
  const given = jsonBodyOf(call)
  const input = given ?? null
  const inputText = toJson(input)
  const faults = world.faults.attach(endpointId, inputText)
  const key = credentials.kind === 'key' ? credentials.key : undefined
  const record = (requestId: string | null, statusCode: number) =>
    recordSubmit(world, { endpointId, prompt: promptOf(input), requestId, statusCode, key })

  if (faults.strike('submit-cut-before')) {
    record(null, 0)
    return { kind: 'cut' }
  }
  const refusal = refusalOf(world, credentials, endpointId, given, faults) ?? limit()
  if (refusal) {
    record(null, refusal.statusCode)
    return { kind: 'refused', refusal }
  }
  const request = newRequest(world, call, { endpointId, input, inputText, faults, viaKey: key })
  keepRequest(world, request)
  engine.accept(request)
  const isCut = faults.strike('submit-cut-after')
  record(request.id, isCut ? 0 : 200)
  return isCut ? { kind: 'cut' } : { kind: 'accepted', request }
}

/** The refusal with which FAL would answer this submit, if any. */
function refusalOf(
  world: World,
  credentials: Credentials,
  endpointId: string,
  input: Json | undefined,
  faults: RequestFaults,
): Refusal | undefined {
  if (credentials.kind === 'refused') return refused(401, credentials.detail)
  const app = appOf(endpointId)
  if (credentials.kind === 'none') {
    return refused(
      401,
      `Cannot access application "${app}". Authentication is required to access this application.`,
    )
  }
  if (faults.strike('key-revoked')) return refused(401, faults.text('key-revoked'))
  if (faults.strike('balance-exhausted')) {
    const reason = 'Exhausted balance. Top up your balance at fal.ai/dashboard/billing.'
    return refused(403, `User is locked. Reason: ${reason}`)
  }
  if (faults.strike('user-locked'))
    return refused(403, `User is locked. Reason: ${faults.text('user-locked')}.`)
  if (faults.strike('app-offline') || world.settings.offlineApps.includes(app))
    return refused(503, 'Application is not available')
  if (faults.strike('unknown-app')) return refused(404, `Application "${app}" not found`)
  const missing = missingOf(world, endpointId)
  if (missing?.what === 'app') return refused(404, `Application "${app}" not found${nearWords(missing.near)}`)
  if (faults.strike('submit-429')) return refused(429, 'Too many requests')
  if (faults.strike('submit-503'))
    return requestErrorAnswer('runner_scheduling_failure', 'Service unavailable')
  if (faults.strike('submit-500')) return requestErrorAnswer('internal_error')
  return input === undefined ? requestErrorAnswer('bad_request', 'Request body is not valid JSON') : undefined
}

export function refused(statusCode: number, detail: string): Refusal {
  return { statusCode, body: { detail } }
}
