/** Makes the record of a newly accepted request. */

import type { FastifyRequest } from 'fastify'
import { appOf } from '../base/endpoint-id.ts'
import { addressOf } from '../base/http-call.ts'
import type { Json } from '../base/json.ts'
import type { RequestFaults } from '../faults/request-faults.ts'
import { promptOf } from '../models/read-input.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { submitOptions } from './submit-options.ts'
import { workSeconds } from './work-seconds.ts'

export interface AcceptedInput {
  readonly endpointId: string
  readonly input: Json
  /** The input's JSON. */
  readonly inputText: string
  readonly faults: RequestFaults
  readonly viaKey: string | undefined
}

export function newRequest(world: World, call: FastifyRequest, accepted: AcceptedInput): QueueRequest {
  const address = addressOf(call)
  const sentAt = new Date()
  const id = world.random.uuidOf(sentAt.getTime())
  return {
    id,
    gatewayId: id,
    ...accepted,
    app: appOf(accepted.endpointId),
    base: address.base,
    cdnBase: address.cdnBase,
    prompt: promptOf(accepted.input),
    webhookUrl: address.query.get('fal_webhook') ?? undefined,
    options: submitOptions(call),
    order: world.acceptedCount,
    sentAt,
    submittedAt: world.clock.now(),
    status: 'IN_QUEUE',
    startedAt: undefined,
    startedReal: undefined,
    durationSeconds: workSeconds(world.settings, accepted),
    completedAt: undefined,
    endedReal: undefined,
    answer: undefined,
    resultText: undefined,
    cancelAsked: false,
    cancelled: false,
    payloadsDeleted: false,
    files: [],
    calls: { status: 0, stream: 0, result: 0, cancel: 0 },
    webhooks: [],
  }
}
