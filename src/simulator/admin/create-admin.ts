/** The operations of the admin on one simulator. */

import { checkFaultRule } from '../faults/fault-rule.ts'
import type { QueueEngine } from '../queue/queue-engine.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import { checkGivenModel } from '../world/given-model.ts'
import type { World } from '../world/world.ts'
import type { SimulatorAdmin } from './simulator-admin.ts'
import { billView, mediaView, requestView, stateView, totalsView } from './views.ts'

/** Closes and reopens the listening port. */
export interface PortSwitch {
  close(): Promise<void>
  open(): Promise<void>
}

export function createAdmin(
  world: World,
  engine: QueueEngine,
  webhooks: WebhookSender,
  port: PortSwitch,
): SimulatorAdmin {
  return {
    state: () => stateView(world),
    totals: () => totalsView(world),
    request(requestId) {
      const request = world.requests.get(requestId)
      return request && requestView(request)
    },
    acceptedFor: (prompt) => world.acceptedByPrompt.get(prompt) ?? 0,
    media: (requestId) =>
      (world.requests.get(requestId)?.files ?? []).flatMap((path) => {
        const file = world.files.get(path)
        return file ? [mediaView(file)] : []
      }),
    bills: () => world.ledger.map(billView),
    bill(requestId) {
      const entry = world.ledger.find((candidate) => candidate.requestId === requestId)
      return entry && billView(entry)
    },
    addFault: (rule) => world.faults.add(checkFaultRule(rule)),
    clearFaults: () => world.faults.clear(),
    advance: (seconds) => world.clock.advance(seconds),
    complete(requestId) {
      const request = world.requests.get(requestId)
      if (request) engine.completeNow(request)
      return request !== undefined
    },
    async resendWebhook(requestId) {
      const request = world.requests.get(requestId)
      return request?.answer && request.webhookUrl ? webhooks.resend(request) : undefined
    },
    sendWebhook: (webhook) => webhooks.sendAny(webhook),
    giveModel(model) {
      world.models.set(model.endpointId, checkGivenModel(model))
    },
    rotateKey: () => world.signing.rotate(),
    jwksDown(seconds) {
      world.jwksDownUntil = Date.now() + seconds * 1000
    },
    revokeKey: (key) => void world.access.revoked.add(key),
    async down(mode) {
      if (mode === '503') world.queueIsDown = true
      else if (mode === 'platform') world.platformIsDown = true
      else await port.close()
    },
    async up() {
      world.queueIsDown = false
      world.platformIsDown = false
      await port.open()
    },
    reset() {
      world.clock.clear()
      engine.clear()
      world.requests.clear()
      world.acceptedByPrompt.clear()
      world.acceptedCount = 0
      world.files.clear()
      world.fileAccess.clear()
      world.uploads.clear()
      world.faults.reset()
      world.access.revoked.clear()
      for (const list of [world.submits, world.ledger, world.cdnReads, world.problems]) list.length = 0
      world.queueIsDown = false
      world.platformIsDown = false
      world.jwksDownUntil = 0
      world.jwksReads = 0
    },
  }
}
