/** Turns the simulator's records into what the admin shows. */

import type { StoredFile } from '../cdn/file-store.ts'
import type { QueueRequest } from '../queue/queue-request.ts'
import type { World } from '../world.ts'
import type { MediaView, RequestView, SimulatorState } from './simulator-admin.ts'

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
    sentAt: request.sentAt.toISOString(),
    endedAt: request.endedReal?.toISOString() ?? null,
  }
}

export function mediaView(file: StoredFile): MediaView {
  const { path, sha256, bytes, contentType, reads } = file
  return { path, sha256, bytes: bytes.length, contentType, reads }
}

export function stateView(world: World): SimulatorState {
  const requests = [...world.requests.values()]
  const attempts = requests.flatMap((request) => request.webhooks)
  const count = (wanted: (request: QueueRequest) => boolean) => requests.filter(wanted).length
  const acceptedByPrompt = new Map<string, number>()
  for (const { prompt } of requests) acceptedByPrompt.set(prompt, (acceptedByPrompt.get(prompt) ?? 0) + 1)
  return {
    seed: world.random.seed,
    speed: world.clock.speed,
    now: new Date(world.clock.now()).toISOString(),
    totals: {
      submits: world.submits.length,
      accepted: requests.length,
      waiting: count(({ status }) => status === 'IN_QUEUE'),
      running: count(({ status }) => status === 'IN_PROGRESS'),
      completed: count(({ status }) => status === 'COMPLETED'),
      cancelled: count(({ cancelled }) => cancelled),
      webhookAttempts: attempts.length,
      webhooksTaken: attempts.filter(({ statusCode }) => statusCode !== null && statusCode < 300).length,
      cdnReads: world.cdnReads.length,
      jwksReads: world.jwksReads,
    },
    acceptedByPrompt: Object.fromEntries(acceptedByPrompt),
    requests: requests.map(requestView),
    submits: [...world.submits],
    cdnReads: [...world.cdnReads],
    faultStrikes: world.faults.strikes(),
    faultRules: world.faults.rules(),
    queueIsDown: world.queueIsDown,
    problems: [...world.problems],
  }
}
