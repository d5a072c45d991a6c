/** Turns the simulator's records into what the admin shows. */

import type { StoredFile } from '../world/file-store.ts'
import { costUsd, type LedgerEntry, totalUsd } from '../world/ledger.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import type { BillView, MediaView, RequestView, SimulatorState, SimulatorTotals } from './simulator-admin.ts'

export function requestView(request: QueueRequest): RequestView {
  return {
    requestId: request.id,
    endpointId: request.endpointId,
    prompt: request.prompt,
    status: request.status,
    statusCode: request.answer?.statusCode ?? null,
    cancelled: request.cancelled,
    cancelAsked: request.cancelAsked,
    webhookUrl: request.webhookUrl ?? null,
    faults: request.faults.names,
    calls: { ...request.calls },
    webhooks: [...request.webhooks],
    files: [...request.files],
    tags: request.options.tags,
    key: request.viaKey ?? null,
    source: request.options.source ?? null,
    sentAt: request.sentAt.toISOString(),
    endedAt: request.endedReal?.toISOString() ?? null,
  }
}

export function mediaView(file: StoredFile): MediaView {
  const { path, sha256, bytes, contentType, reads } = file
  return { path, sha256, bytes: bytes.length, contentType, reads }
}

export function billView(entry: LedgerEntry): BillView {
  const { requestId, submittedTo, endpointId, units, unitPriceUsd } = entry
  return { requestId, submittedTo, endpointId, units, unitPriceUsd, costUsd: costUsd(entry) }
}

export function totalsView(world: World): SimulatorTotals {
  const totals = { waiting: 0, running: 0, completed: 0, cancelled: 0, webhookAttempts: 0, webhooksTaken: 0 }
  for (const { status, cancelled, webhooks } of world.requests.values()) {
    totals[status === 'IN_QUEUE' ? 'waiting' : status === 'IN_PROGRESS' ? 'running' : 'completed'] += 1
    totals.cancelled += cancelled ? 1 : 0
    totals.webhookAttempts += webhooks.length
    totals.webhooksTaken += webhooks.filter(
      ({ statusCode }) => statusCode !== null && statusCode < 300,
    ).length
  }
  return {
    submits: world.submits.length,
    accepted: world.acceptedCount,
    ...totals,
    cdnReads: world.cdnReads.length,
    jwksReads: world.jwksReads,
    billedUsd: totalUsd(world.ledger),
  }
}

export function stateView(world: World): SimulatorState {
  return {
    seed: world.random.seed,
    speed: world.clock.speed,
    now: new Date(world.clock.now()).toISOString(),
    totals: totalsView(world),
    acceptedByPrompt: Object.fromEntries(world.acceptedByPrompt),
    requests: [...world.requests.values()].map(requestView),
    submits: [...world.submits],
    cdnReads: [...world.cdnReads],
    faultStrikes: world.faults.strikes(),
    faultRules: world.faults.rules(),
    queueIsDown: world.queueIsDown,
    problems: [...world.problems],
  }
}
