/** FAL's webhook: the raw bytes, no API key, a 2xx only after the delivery is durable, and never a redirect. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import type { JudgeHeaders, ReceiveWebhook, WebhookAnswer } from '../../jobs/run/receive-webhook.ts'
import type { Clock } from '../../ports/clock.ts'
import { createForgeryThrottle } from '../access/forgery-throttle.ts'
import { type BodySender, createBodyReader } from '../requests/body-reader.ts'

export interface FalWebhookDeps {
  receiveWebhook: ReceiveWebhook
  judgeHeaders: JudgeHeaders
  senderOf: (address: string) => BodySender
  /** FAL_WEBHOOK_PATH; the fixed path works as well. */
  path: string
  clock: Clock
  /** What all deliveries that are read or verified may take together. */
  mostBytesInAll: number
}

/** The body contains outputs, unless FAL omits large ones. */
const bodyLimit = 32 * 1024 * 1024
/** Time limit for the body, since the sender is unverified until it is complete. FAL itself gives up after 15 s. */
const strangers = {
  mostBytes: bodyLimit,
  smallBytes: 1024 * 1024,
  withinMs: 15_000,
}

const mostProbeBytes = 4_096

export async function falWebhookRoutes(app: FastifyInstance, deps: FalWebhookDeps): Promise<void> {
  const brake = createForgeryThrottle({ clock: deps.clock })
  app.removeAllContentTypeParsers()
  const drop = readBodies(app, deps)

  /** @throws AppError for a delivery that is not accepted. */
  async function refuse(answer: WebhookAnswer): Promise<void> {
    if (answer.type === 'rejected') {
      await brake.hold()
      throw new AppError('UNAUTHENTICATED', 'The webhook signature is missing or wrong.', {
        internal: answer.reason,
      })
    }
    if (answer.type === 'foreign')
      throw new AppError('FORBIDDEN', 'The webhook belongs to another FAL account.')
  }
  // Before the body is read: a stranger needs not even a signature to send one.
  app.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return
    // A probe that a proxy made large or chunked is refused unread, and the doctor sees that it arrived changed.
    if (request.headers['x-fal-jobs-probe'] !== undefined) reply.header('x-fal-jobs-probe', 'unread')
    const answer = deps.judgeHeaders(request.headers)
    if (answer !== null) await refuse(answer)
  })

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
        if (isProbe(request)) reply.header('x-fal-jobs-probe', hashOf(request.url, request.body))
        // Release the body before delaying a refusal.
        if (answer.type === 'rejected') drop(request)
        await refuse(answer)
        switch (answer.type) {
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
function readBodies(
  app: FastifyInstance,
  { senderOf, mostBytesInAll }: Pick<FalWebhookDeps, 'senderOf' | 'mostBytesInAll'>,
): (request: FastifyRequest) => void {
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
    const declared = Number(request.headers['content-length'] ?? 0)
    const body = await bodies.read(payload, declared, senderOf(request.ip))
    const use = open.get(request)
    if (use === undefined) bodies.release(body)
    else use.body = body
    return body
  })
  return drop
}

/** The doctor's unsigned delivery, whose refusal says what arrived. It is small. */
function isProbe({ headers }: FastifyRequest): boolean {
  const bytes = Number(headers['content-length'] ?? Number.NaN)
  return headers['x-fal-jobs-probe'] !== undefined && bytes <= mostProbeBytes
}

/** The received query and body, which the doctor compares with what it sent. */
function hashOf(url: string, body: unknown): string {
  const query = url.includes('?') ? url.slice(url.indexOf('?')) : ''
  const hash = createHash('sha256').update(`${query}\n`)
  return (Buffer.isBuffer(body) ? hash.update(body) : hash).digest('hex')
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
