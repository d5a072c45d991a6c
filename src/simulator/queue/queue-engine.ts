/** The simulated queue: accepts requests, starts and ends them on the clock, and notifies the webhook sender. */

import { toJson } from '../base/json.ts'
import { requestErrorAnswer } from '../errors/request-errors.ts'
import { runModel } from '../models/run-model.ts'
import type { ModelAnswer, QueueRequest, RequestListener } from '../world/queue-request.ts'
import { recordBill } from '../world/record-keeping.ts'
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
  /** True when the account has as many requests in progress as it may have. */
  isFull(): boolean
  clear(): void
}

type CancelOutcome = 'removed' | 'requested' | 'completed'

export function createQueueEngine(world: World, listener: RequestListener): QueueEngine {
  return new SimulatedQueue(world, listener)
}

class SimulatedQueue implements QueueEngine {
  readonly #world: World
  readonly #listener: RequestListener
  /** Requests in the queue, in order of arrival. */
  readonly #waiting = new Set<QueueRequest>()
  /** Requests that have waited long enough: they start as soon as the account may have one more in progress. */
  readonly #ready = new Set<QueueRequest>()
  readonly #running = new Set<QueueRequest>()

  constructor(world: World, listener: RequestListener) {
    this.#world = world
    this.#listener = listener
  }

  accept(request: QueueRequest): void {
    this.#enqueue(request)
    const { startTimeoutSeconds } = request.options
    if (startTimeoutSeconds === undefined) return
    this.#world.clock.after(startTimeoutSeconds, () => {
      if (request.status === 'IN_QUEUE') this.#finish(request, startTimeoutAnswer())
    })
  }

  completeNow(request: QueueRequest): void {
    if (request.status === 'COMPLETED') return
    request.startedAt ??= this.#world.clock.now()
    request.startedReal ??= new Date()
    this.#finish(request, answerOf(this.#world, request))
  }

  cancel(request: QueueRequest): CancelOutcome {
    request.cancelAsked = true
    if (request.status === 'COMPLETED') return 'completed'
    const wasWaiting = request.status === 'IN_QUEUE'
    const { honourCancel } = this.#world.settings
    if (!wasWaiting && (request.faults.strike('cancel-ignored') || !honourCancel)) return 'requested'
    request.cancelled = true
    this.#finish(request, requestErrorAnswer('client_cancelled'))
    return wasWaiting ? 'removed' : 'requested'
  }

  positionOf(request: QueueRequest): number {
    let ahead = 0
    for (const other of this.#waiting) {
      if (other === request) break
      if (other.endpointId === request.endpointId) ahead += 1
    }
    return ahead
  }

  waitingOn(endpointId: string): number {
    return [...this.#waiting].filter((request) => request.endpointId === endpointId).length
  }

  isFull(): boolean {
    const { concurrency } = this.#world.settings
    return concurrency > 0 && this.#running.size >= concurrency
  }

  clear(): void {
    for (const set of this.#sets()) set.clear()
  }

  #enqueue(request: QueueRequest): void {
    this.#waiting.add(request)
    if (request.faults.has('stuck-in-queue')) return
    this.#world.clock.after(this.#world.settings.queueSeconds, () => {
      if (request.status !== 'IN_QUEUE') return
      this.#ready.add(request)
      this.#startReady()
    })
  }

  #startReady(): void {
    while (this.#ready.size > 0 && !this.isFull()) {
      const next = firstByPriority(this.#ready)
      if (!next) return
      this.#ready.delete(next)
      this.#start(next)
    }
  }

  #start(request: QueueRequest): void {
    this.#waiting.delete(request)
    this.#running.add(request)
    request.status = 'IN_PROGRESS'
    request.startedAt = this.#world.clock.now()
    request.startedReal = new Date()
    this.#world.changes.emit(request.id)
    this.#listener.onStarted(request)
    if (request.faults.has('stuck')) return
    const isRequeued = request.faults.strike('requeued')
    const seconds = isRequeued ? request.durationSeconds / 2 : request.durationSeconds
    this.#world.clock.after(seconds, () =>
      isRequeued ? this.#requeue(request) : this.#completeRunning(request),
    )
  }

  #requeue(request: QueueRequest): void {
    if (request.status !== 'IN_PROGRESS') return
    this.#running.delete(request)
    request.status = 'IN_QUEUE'
    request.gatewayId = this.#world.random.uuidOf(Date.now())
    this.#world.changes.emit(request.id)
    this.#enqueue(request)
  }

  #completeRunning(request: QueueRequest): void {
    if (request.status === 'IN_PROGRESS') this.#finish(request, answerOf(this.#world, request))
  }

  #finish(request: QueueRequest, answer: ModelAnswer): void {
    for (const set of this.#sets()) set.delete(request)
    request.status = 'COMPLETED'
    request.completedAt = this.#world.clock.now()
    request.endedReal = new Date()
    request.answer = answer
    request.resultText = toJson(answer.body)
    recordBill(this.#world, request)
    this.#world.changes.emit(request.id)
    this.#listener.onCompleted(request)
    this.#startReady()
  }

  #sets(): readonly Set<QueueRequest>[] {
    return [this.#waiting, this.#ready, this.#running]
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

/** By priority, then in order of arrival. */
function firstByPriority(ready: ReadonlySet<QueueRequest>): QueueRequest | undefined {
  for (const request of ready) if (request.options.priority === 'normal') return request
  return ready.values().next().value
}
