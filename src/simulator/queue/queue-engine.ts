/** The simulated queue: takes requests in, starts and ends them on the clock, and tells the webhook sender. */

import { toJson } from '../base/json.ts'
import { requestErrorAnswer } from '../errors/request-errors.ts'
import { runModel } from '../models/run-model.ts'
import type { ModelAnswer, QueueRequest, RequestListener } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'

export interface QueueEngine {
  /** Queues a new request. */
  accept(request: QueueRequest): void
  /** Ends a request at once, whatever its state. */
  completeNow(request: QueueRequest): void
  cancel(request: QueueRequest): CancelOutcome
  /** Requests of the same endpoint ahead of this one. */
  positionOf(request: QueueRequest): number
  waitingOn(endpointId: string): number
  /** As many in progress as the account may have. */
  isFull(): boolean
  clear(): void
}

type CancelOutcome = 'removed' | 'requested' | 'completed'

export function createQueueEngine(world: World, listener: RequestListener): QueueEngine {
  const { clock, settings } = world
  const waiting = new Set<QueueRequest>()
  const ready = new Set<QueueRequest>()
  const running = new Set<QueueRequest>()

  const enqueue = (request: QueueRequest) => {
    waiting.add(request)
    if (request.faults.has('stuck-in-queue')) return
    clock.after(settings.queueSeconds, () => {
      if (request.status !== 'IN_QUEUE') return
      ready.add(request)
      startReady()
    })
  }

  const isFull = () => settings.concurrency > 0 && running.size >= settings.concurrency

  const startReady = () => {
    while (ready.size > 0 && !isFull()) {
      const next = firstByPriority(ready)
      if (!next) return
      ready.delete(next)
      start(next)
    }
  }

  const start = (request: QueueRequest) => {
    waiting.delete(request)
    running.add(request)
    request.status = 'IN_PROGRESS'
    request.startedAt = clock.now()
    request.startedReal = new Date()
    world.changes.emit(request.id)
    listener.onStarted(request)
    if (request.faults.has('stuck')) return
    const isRequeued = request.faults.strike('requeued')
    const seconds = isRequeued ? request.durationSeconds / 2 : request.durationSeconds
    clock.after(seconds, () => (isRequeued ? requeue(request) : completeRunning(request)))
  }

  const requeue = (request: QueueRequest) => {
    if (request.status !== 'IN_PROGRESS') return
    running.delete(request)
    request.status = 'IN_QUEUE'
    request.gatewayId = world.random.uuid()
    world.changes.emit(request.id)
    enqueue(request)
  }

  const completeRunning = (request: QueueRequest) => {
    if (request.status === 'IN_PROGRESS') finish(request, answerOf(world, request))
  }

  const finish = (request: QueueRequest, answer: ModelAnswer) => {
    for (const set of [waiting, ready, running]) set.delete(request)
    request.status = 'COMPLETED'
    request.completedAt = clock.now()
    request.endedReal = new Date()
    request.answer = answer
    request.resultText = toJson(answer.body)
    world.changes.emit(request.id)
    listener.onCompleted(request)
    startReady()
  }

  return {
    accept(request) {
      enqueue(request)
      const { startTimeoutSeconds } = request.options
      if (startTimeoutSeconds === undefined) return
      clock.after(startTimeoutSeconds, () => {
        if (request.status === 'IN_QUEUE') finish(request, startTimeoutAnswer())
      })
    },
    completeNow(request) {
      if (request.status === 'COMPLETED') return
      request.startedAt ??= clock.now()
      request.startedReal ??= new Date()
      finish(request, answerOf(world, request))
    },
    cancel(request) {
      request.cancelAsked = true
      if (request.status === 'COMPLETED') return 'completed'
      const wasWaiting = request.status === 'IN_QUEUE'
      if (!wasWaiting && (request.faults.strike('cancel-ignored') || !settings.honourCancel))
        return 'requested'
      request.cancelled = true
      finish(request, requestErrorAnswer('client_cancelled'))
      return wasWaiting ? 'removed' : 'requested'
    },
    positionOf(request) {
      let ahead = 0
      for (const other of waiting) {
        if (other === request) break
        if (other.endpointId === request.endpointId) ahead += 1
      }
      return ahead
    },
    waitingOn: (endpointId) => [...waiting].filter((request) => request.endpointId === endpointId).length,
    isFull,
    clear() {
      for (const set of [waiting, ready, running]) set.clear()
    },
  }
}

function answerOf(world: World, request: QueueRequest): ModelAnswer {
  try {
    return runModel(world, request)
  } catch (error) {
    world.problems.push(`model of ${request.id}: ${error instanceof Error ? error.stack : String(error)}`)
    return { statusCode: 500, headers: {}, body: { detail: 'Internal Server Error' } }
  }
}

function startTimeoutAnswer(): ModelAnswer {
  const answer = requestErrorAnswer('request_timeout')
  return { ...answer, headers: { ...answer.headers, 'x-fal-request-timeout-type': 'user' } }
}

/** In order of arrival, `low` behind every `normal`. */
function firstByPriority(ready: ReadonlySet<QueueRequest>): QueueRequest | undefined {
  for (const request of ready) if (request.options.priority === 'normal') return request
  return ready.values().next().value
}
