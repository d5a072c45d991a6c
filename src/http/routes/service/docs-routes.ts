/** `/docs`: the interactive API reference, served from this service alone, without external assets. */
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

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
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    ...(prefixOfProxy === '' ? {} : { indexPrefix: prefixOfProxy }),
    logLevel: 'warn',
    staticCSP: contentSecurityPolicy,
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
