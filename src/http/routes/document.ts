/** The OpenAPI document of the running service, in both spellings. */
import type { FastifyInstance } from 'fastify'

export async function documentRoutes(app: FastifyInstance): Promise<void> {
  const hidden = { schema: { hide: true } as object, logLevel: 'warn' as const }
  app.get('/openapi.json', hidden, async () => app.swagger())
  app.get('/openapi.yaml', hidden, async (_request, reply) =>
    reply.type('application/yaml').send(app.swagger({ yaml: true })),
  )
}
