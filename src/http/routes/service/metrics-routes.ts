/**
 * `/metrics` in the Prometheus text format: computed at most once a second, however often it is asked for, and only for
 * holders of the token where one is set.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sharedFor } from '../../../concurrency/shared-for.ts'
import { AppError } from '../../../domain/errors.ts'

export interface MetricsRoutesDeps {
  /** The whole exposition and its content type. */
  expose: () => Promise<{ text: string; contentType: string }>
  /** METRICS_TOKEN; null: the route is public. */
  token: string | null
}

const sharedMs = 1_000

export async function metricsRoutes(
  app: FastifyInstance,
  { expose, token }: MetricsRoutesDeps,
): Promise<void> {
  const exposition = sharedFor(sharedMs, expose)
  app.get(
    '/metrics',
    {
      logLevel: 'warn',
      async onRequest(request) {
        if (token === null || isBearer(token, request.headers.authorization)) return
        throw new AppError('UNAUTHENTICATED', 'Send METRICS_TOKEN as "Authorization: Bearer <token>".')
      },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        tags: ['operations'],
        security: [],
        response: {
          200: { description: 'The exposition.', content: { 'text/plain': { schema: { type: 'string' } } } },
        },
      } as object,
    },
    async (_request, reply) => {
      const { text, contentType } = await exposition()
      return reply.type(contentType).send(text)
    },
  )
}

function isBearer(token: string, header: string | undefined): boolean {
  const [expected, given] = [`Bearer ${token}`, header ?? ''].map((text) => hash('sha256', text, 'buffer'))
  return expected !== undefined && given !== undefined && timingSafeEqual(expected, given)
}
