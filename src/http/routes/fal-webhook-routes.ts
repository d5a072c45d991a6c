/** FAL's webhook: the raw bytes, no API key, a 2xx only after the delivery is durable, and never a redirect. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import type { ReceiveWebhook } from '../../jobs/run/receive-webhook.ts'
import type { Clock } from '../../ports/clock.ts'
import { createForgeryThrottle } from '../access/forgery-throttle.ts'
import { createBodyReader } from '../requests/body-reader.ts'

export interface FalWebhookDeps {
  receiveWebhook: ReceiveWebhook
  /** FAL_WEBHOOK_PATH; the fixed path works as well. */
  path: string
  clock: Clock
  /** What all deliveries that are read or verified may take together. */
  mostBytesInAll: number
}

/** The body contains outputs, unless FAL omits large ones. */
const bodyLimit = 32 * 1024 * 1024
/** Time limit for the body, since the sender is unverified until it is complete. FAL itself gives up after 15 s. */
const strangers = { mostBytes: bodyLimit, withinMs: 15_000 }

export async function falWebhookRoutes(app: FastifyInstance, deps: FalWebhookDeps): Promise<void> {
  const brake = createForgeryThrottle({ clock: deps.clock })
  app.removeAllContentTypeParsers()
  const drop = readBodies(app, deps.mostBytesInAll)

  for (const path of new Set([deps.path, '/api/webhooks/fal'])) {
    // A trailing slash must not redirect: FAL treats any 3xx as a permanent failure.
    for (const url of [path, `${path}/`]) {
      app.post(url, { schema: { hide: true } as object, bodyLimit }, async (request, reply) => {
        const query = request.query as Record<string, unknown>
        const answer = await deps.receiveWebhook({
          headers: request.headers,
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          jobId: text(query.job),
          token: text(query.token),
        })
        if (request.headers['x-fal-jobs-probe'] !== undefined)
          reply.header('x-fal-jobs-probe', hashOf(request.url, request.body))
        switch (answer.type) {
          case 'rejected':
            // Release the body before delaying the refusal.
            drop(request)
            await brake.hold()
            throw new AppError('UNAUTHENTICATED', 'The webhook signature is missing or wrong.', {
              internal: answer.reason,
            })
          case 'foreign':
            throw new AppError('FORBIDDEN', 'The webhook belongs to another FAL account.')
          case 'no_keys':
            throw new AppError('UNAVAILABLE', 'The webhook cannot be verified at the moment.', {
              internal: answer.reason,
              retryAfterSeconds: 30,
            })
          default:
            request.log.info(
              { verdict: answer.type, jobId: answer.type === 'applied' ? answer.job.id : undefined },
              'webhook',
            )
            return reply.code(200).send({ received: true, verdict: answer.type })
        }
      })
    }
  }
}

/**
 * A body counts until its request ends, by an answer or a closed connection. Returns the function that releases it
 * earlier.
 */
function readBodies(app: FastifyInstance, mostBytesInAll: number): (request: FastifyRequest) => void {
  const bodies = createBodyReader({ ...strangers, mostBytesInAll: Math.max(mostBytesInAll, bodyLimit) })
  const open = new WeakMap<FastifyRequest, { body: Buffer | null }>()
  const drop = (request: FastifyRequest): void => {
    const use = open.get(request)
    if (use?.body != null) bodies.release(use.body)
    open.delete(request)
    request.body = undefined
  }
  app.addHook('onRequest', (request, reply, done) => {
    open.set(request, { body: null })
    reply.raw.once('close', () => drop(request))
    done()
  })
  app.addContentTypeParser('*', { bodyLimit }, async (request: FastifyRequest, payload: IncomingMessage) => {
    const body = await bodies.read(payload, Number(request.headers['content-length'] ?? 0))
    const use = open.get(request)
    if (use === undefined) bodies.release(body)
    else use.body = body
    return body
  })
  return drop
}

/** The received query and body, which the doctor compares with what it sent. */
function hashOf(url: string, body: unknown): string {
  const query = url.includes('?') ? url.slice(url.indexOf('?')) : ''
  const hash = createHash('sha256').update(`${query}\n`)
  return (Buffer.isBuffer(body) ? hash.update(body) : hash).digest('hex')
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
