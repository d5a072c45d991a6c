/** The OpenAPI document of the running service as JSON and YAML, and the redirect from the root. */
import type { FastifyInstance } from 'fastify'

export async function documentRoutes(app: FastifyInstance): Promise<void> {
  const hidden = { schema: { hide: true } as object, logLevel: 'warn' as const }
  app.get('/', hidden, async (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .send({ service: 'fal-jobs', docs: '/docs', openapi: '/openapi.json', health: '/readyz' }),
  )
  app.get('/openapi.json', hidden, async () => app.swagger())
  app.get('/openapi.yaml', hidden, async (_request, reply) =>
    reply.type('application/yaml').send(app.swagger({ yaml: true })),
  )
}
