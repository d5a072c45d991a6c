/** The OpenAPI document of the running service as JSON and YAML, and the redirect from the root. */
import type { FastifyInstance } from 'fastify'
import { preparedDocuments } from '../../requests/prepared-documents.ts'

export async function documentRoutes(app: FastifyInstance): Promise<void> {
  const hidden = { schema: { hide: true } as object, logLevel: 'warn' as const }
  app.get('/', hidden, async (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .send({ service: 'fal-jobs', docs: '/docs', openapi: '/openapi.json', health: '/readyz' }),
  )
  const documents = preparedDocuments(app)
  app.get('/openapi.json', hidden, (request, reply) => documents.json(request, reply))
  app.get('/openapi.yaml', hidden, (request, reply) => documents.yaml(request, reply))
}
