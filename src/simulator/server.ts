/** The HTTP server: one port, one plugin per FAL host, raw bodies, and FAL's own error shapes for every failure. */

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { adminRoutes } from './admin/admin-routes.ts'
import type { SimulatorAdmin } from './admin/simulator-admin.ts'
import { forwardedHeaders, type Room, targetOf } from './base/hosts.ts'
import { sendJson } from './base/http-call.ts'
import { allowOtherOrigins } from './base/other-origins.ts'
import { cdnRoutes } from './cdn/cdn-routes.ts'
import { platformRoutes } from './platform/platform-routes.ts'
import type { QueueEngine } from './queue/queue-engine.ts'
import { queueRoutes } from './queue/queue-routes.ts'
import { restRoutes } from './rest/rest-routes.ts'
import { runRoutes } from './run/run-routes.ts'
import { webRoutes } from './web-routes.ts'
import type { WebhookSender } from './webhooks/webhook-sender.ts'
import type { World } from './world/world.ts'

export interface ServerParts {
  readonly world: World
  readonly engine: QueueEngine
  readonly webhooks: WebhookSender
  readonly admin: SimulatorAdmin
  readonly log: boolean
  /** The URL by which callers reach it through a reverse proxy. */
  readonly publicUrl: string | undefined
}

/** Above the client's 90 MiB single upload. */
const bodyLimitBytes = 128 * 1024 * 1024

export async function buildServer({
  world,
  engine,
  webhooks,
  admin,
  log,
  publicUrl,
}: ServerParts): Promise<FastifyInstance> {
  // A reverse proxy that sends no `X-Forwarded-*` headers: the simulator sets them itself.
  const front = publicUrl === undefined ? {} : forwardedHeaders(publicUrl)
  const app = fastify({
    logger: log,
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: 1000 },
    forceCloseConnections: true,
    rewriteUrl(request) {
      Object.assign(request.headers, front)
      const target = targetOf(request.url ?? '/', request.headers)
      return `/~${target.room}${target.url}`
    },
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, 400, error.message)
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => {
    const statusCode = statusOf(error)
    if (statusCode >= 500) world.problems.push(error instanceof Error ? String(error.stack) : String(error))
    return sendProblem(
      request,
      reply,
      statusCode,
      error instanceof Error ? error.message : 'Internal Server Error',
    )
  })
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, 404, 'Not Found'))
  app.addHook('onRequest', allowOtherOrigins)

  const room = (name: Room) => ({ prefix: `/~${name}` })
  await app.register(queueRoutes(world, engine, webhooks), room('queue'))
  await app.register(restRoutes(world), room('rest'))
  await app.register(runRoutes(world, engine), room('run'))
  await app.register(platformRoutes(world), room('platform'))
  await app.register(webRoutes(world), room('web'))
  await app.register(cdnRoutes(world), room('cdn'))
  await app.register(adminRoutes(admin), room('admin'))
  app.all('/~refused*', async (_request, reply) => reply.code(400).type('text/plain').send('Invalid request'))
  return app
}

function statusOf(error: unknown): number {
  const hasStatus = typeof error === 'object' && error !== null && 'statusCode' in error
  return hasStatus && typeof error.statusCode === 'number' ? error.statusCode : 500
}

/** The Platform API has its own error shape; every other host answers text under `detail`. */
function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  statusCode: number,
  message: string,
): FastifyReply {
  const { room } = targetOf(request.originalUrl, request.headers)
  if (room !== 'platform') return sendJson(reply, statusCode, { detail: message })
  const type = statusCode === 404 ? 'not_found' : statusCode < 500 ? 'validation_error' : 'server_error'
  return sendJson(reply, statusCode, { error: { type, message } })
}
