/** Answers a submit to the queue: at once, late, after the webhook, with garbage or not at all. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, cut, realSeconds, sendJson, sendPage } from '../base/http-call.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import type { World } from '../world/world.ts'
import { submitBody } from './queue-answers.ts'
import type { QueueEngine } from './queue-engine.ts'
import { type Refusal, refused, takeSubmit } from './take-submit.ts'

export function makeSubmitCall(world: World, engine: QueueEngine, webhooks: WebhookSender) {
  return async function submitCall(
    call: FastifyRequest,
    reply: FastifyReply,
    endpointId: string,
  ): Promise<FastifyReply> {
    const taken = takeSubmit(world, engine, call, endpointId, () => queueLimit(call, engine, endpointId))
    if (taken.kind === 'cut') return cut(call, reply)
    if (taken.kind === 'refused') {
      const { statusCode, body, headers } = taken.refusal
      return sendJson(reply, statusCode, body, headers)
    }
    const { request } = taken
    const { faults } = request
    if (faults.strike('webhook-early')) {
      engine.completeNow(request)
      await webhooks.firstAttemptOf(request)
    }
    if (faults.strike('submit-slow')) await realSeconds(faults.number('submit-slow'))
    if (faults.strike('submit-garbage')) return sendPage(reply, 200, 'OK')
    const body = submitBody(request, engine.positionOf(request))
    // A token of the submit reads no output: those that do come with the result.
    const token = `cdn-${world.random.hex(32)}`
    return sendJson(reply, 200, body, { 'x-fal-request-id': request.id, 'x-fal-cdn-token': token })
  }
}

function queueLimit(call: FastifyRequest, engine: QueueEngine, endpointId: string): Refusal | undefined {
  const limit = addressOf(call).query.get('fal_max_queue_length')
  if (limit === null || !/^\d+$/.test(limit) || engine.waitingOn(endpointId) <= Number(limit))
    return undefined
  return refused(429, `Queue length of "${endpointId}" is over ${limit}`)
}
