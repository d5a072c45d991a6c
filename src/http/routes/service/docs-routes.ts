/** `/docs`: the interactive API reference, served from this service alone, without external assets. */
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { preparedDocuments } from '../../requests/prepared-documents.ts'

/** Styles are inline because Swagger UI sets some on its elements; scripts are files of ours only. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export async function docsRoutes(
  app: FastifyInstance,
  { prefixOfProxy }: { prefixOfProxy: string },
): Promise<void> {
  const documents = preparedDocuments(app)
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    ...(prefixOfProxy === '' ? {} : { indexPrefix: prefixOfProxy }),
    logLevel: 'warn',
    staticCSP: contentSecurityPolicy,
    // The plugin writes the document anew for each request.
    uiHooks: {
      onRequest(request, reply, next) {
        const { url } = request.routeOptions
        if (url === '/docs/json') documents.json(request, reply)
        else if (url === '/docs/yaml') documents.yaml(request, reply)
        else next()
      },
    },
    theme: { title: 'fal-jobs API' },
    uiConfig: {
      layout: 'BaseLayout',
      deepLinking: true,
      displayRequestDuration: true,
      filter: true,
      // The key used in the page is not persisted.
      persistAuthorization: false,
    },
  })
}
