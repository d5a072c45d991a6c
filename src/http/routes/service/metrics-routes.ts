/** `/metrics` in the Prometheus text format. */
import type { FastifyInstance } from 'fastify'

export interface MetricsRoutesDeps {
  /** The whole exposition and its content type. */
  expose: () => Promise<{ text: string; contentType: string }>
}

export async function metricsRoutes(app: FastifyInstance, { expose }: MetricsRoutesDeps): Promise<void> {
  app.get(
    '/metrics',
    {
      logLevel: 'warn',
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
      const { text, contentType } = await expose()
      return reply.type(contentType).send(text)
    },
  )
}
