/**
 * Load shedding: refuses requests with 503 and Retry-After under overload, so that accepted work keeps progressing.
 * Applies only to the scope it is registered in; FAL's webhooks, health and metrics are never shed.
 */
import underPressure, { TYPE_EVENT_LOOP_DELAY } from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../domain/errors.ts'

export interface SheddingDeps {
  limits: { eventLoopDelayMs: number; databaseWaiting: number; pendingJobs: number }
  /** Number of queries waiting for a connection. */
  databaseWaiting: () => number
  /** Whether the submit backlog exceeds this number; cached for a while. */
  isBacklogAbove: (jobs: number) => Promise<boolean>
  shed: (reason: string) => void
}

/** Sampling interval, and the `Retry-After` of a shed request. */
const sampleMs = 1_000
/** Consecutive late samples that count as overload; a single one is a stall, such as the start on a busy machine. */
const lateSamples = 3
const retryAfterSeconds = 2

export async function shed(scope: FastifyInstance, deps: SheddingDeps): Promise<void> {
  const { limits } = deps
  let isFull = false
  let lateInARow = 0

  const refuse = (reason: string): never => {
    deps.shed(reason)
    throw new AppError('UNAVAILABLE', 'The service is overloaded. Retry after the time in Retry-After.', {
      retryAfterSeconds,
    })
  }

  await scope.register(underPressure, {
    sampleInterval: sampleMs,
    maxEventLoopDelay: limits.eventLoopDelayMs,
    pressureHandler: (_request, _reply, type) => {
      if (type !== TYPE_EVENT_LOOP_DELAY) refuse('pressure')
      if (lateInARow >= lateSamples) refuse('event_loop')
    },
  })
  // Timers of one length run in the order they were made: this one always sees the plugin's newest sample.
  const sample = setInterval(() => {
    const isLate = limits.eventLoopDelayMs > 0 && scope.memoryUsage().eventLoopDelay > limits.eventLoopDelayMs
    lateInARow = isLate ? lateInARow + 1 : 0
  }, sampleMs)
  scope.addHook('onClose', async () => clearInterval(sample))
  scope.addHook('onRequest', async (request) => {
    if (limits.databaseWaiting > 0 && deps.databaseWaiting() > limits.databaseWaiting) refuse('database')
    if (isFull && request.method === 'POST' && isCreate(request.routeOptions.url)) refuse('backlog')
  })
  if (limits.pendingJobs === 0) return
  const timer = setInterval(() => {
    deps.isBacklogAbove(limits.pendingJobs).then(
      (above) => {
        isFull = above
      },
      (error: unknown) => scope.log.warn({ err: error }, 'the backlog could not be measured'),
    )
  }, sampleMs)
  scope.addHook('onClose', async () => clearInterval(timer))
}

const isCreate = (route: string | undefined): boolean =>
  route === '/api/jobs' || route === '/api/jobs/batch' || route === '/api/jobs/:id/retry'
