/** A job's history: as pages, or live as Server-Sent Events when the client accepts them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FindJob } from '../../jobs/read/find-job.ts'
import { viewEvent } from '../../jobs/read/job-view.ts'
import type { JobStore } from '../../ports/job-store.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { seqOf } from '../requests/job-filter.ts'
import { pageOf, paging } from '../schemas/basic-schemas.ts'
import { jobParams } from '../schemas/job-parameters.ts'
import { problems } from '../schemas/problem-schema.ts'
import { type EventStreams, isOver } from '../streams/event-stream.ts'
import { tooManyTokenStreams } from '../streams/token-stream-limit.ts'

export interface JobEventRoutesDeps {
  findJob: FindJob
  store: Pick<JobStore, 'events'>
  streams: Pick<EventStreams, 'open' | 'isFullForTokens'>
}

const listSchema = {
  operationId: 'listJobEvents',
  summary: 'The history of a job, as a list or live',
  description:
    'With `Accept: text/event-stream` the events are streamed: those so far, then each as it happens (`id:` = seq, `event:` = type, `data:` = the event). `Last-Event-ID`, `lastEventId` or `after` resumes above that seq, on any replica. The stream ends when the job is final and its archive settled; resuming after that answers 204, which stops an EventSource.',
  tags: ['jobs'],
  params: jobParams,
  headers: Type.Object({
    'last-event-id': Type.Optional(Type.String({ description: 'Streams only: resume above this seq.' })),
  }),
  querystring: Type.Object(
    {
      ...paging,
      after: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 999_999_999, description: 'Only events above this seq.' }),
      ),
      lastEventId: Type.Optional(
        Type.String({
          maxLength: 20,
          description: 'Streams only: what `Last-Event-ID` says, for an EventSource that sends no headers.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  response: {
    200: {
      description: 'Events, oldest first.',
      content: {
        'application/json': { schema: pageOf('JobEvent', 'A page of events.') },
        'text/event-stream': { schema: { type: 'string', description: 'Server-Sent Events.' } },
      },
    },
    204: { type: 'null', description: 'Streams only: nothing will follow.' },
    ...problems(401, 403, 404, 422, 429),
  },
}

export const jobEventRoutes: FastifyPluginAsyncTypebox<JobEventRoutesDeps> = async (app, deps) => {
  app.get(
    '/api/jobs/:id/events',
    {
      onRequest: needs('jobs:read'),
      schema: listSchema,
    },
    async (request, reply) => {
      const { limit: size = 20, cursor: page, after = 0 } = request.query
      if (wantsStream(request.headers.accept) && request.method === 'GET') {
        const place = await placeOf(request, request.params.id, request.query)
        if (place === null) return reply.code(204).send()
        const isTokenHolder = request.onlyJobId !== null
        if (isTokenHolder && deps.streams.isFullForTokens(place.jobId)) {
          throw tooManyTokenStreams()
        }
        begin(reply)
        const { keyId } = clientOf(request)
        deps.streams.open({ response: reply.raw, requestId: request.id, isTokenHolder, keyId, ...place })
        return reply
      }
      const job = await deps.findJob(clientOf(request), request.params.id)
      const afterSeq = Math.max(seqOf(page, '#/query/cursor'), after)
      const events = await deps.store.events(job.id, { limit: size + 1, afterSeq })
      const shown = events.slice(0, size)
      const last = shown.at(-1)
      const hasMore = events.length > size
      return reply.send({
        data: shown.map(viewEvent),
        nextCursor: hasMore && last !== undefined ? String(last.seq) : null,
        hasMore,
      })
    },
  )

  /**
   * The seq above which to stream; null when nothing will follow. A function of its own, so that no open stream keeps the
   * whole job in memory: its input may hold files.
   */
  async function placeOf(
    request: FastifyRequest,
    id: string,
    query: { after?: number; lastEventId?: string },
  ): Promise<{ jobId: string; after: number } | null> {
    const { after = 0 } = query
    const job = await deps.findJob(clientOf(request), id)
    const header = [request.headers['last-event-id']].flat()[0]
    const [lastId = '', pointer] =
      header === undefined || header === ''
        ? [query.lastEventId, '#/query/lastEventId']
        : [header, '#/headers/last-event-id']
    const position = lastId === '' ? after : seqOf(lastId, pointer)
    // A position beyond the history would hide later events.
    const from = Math.min(position, job.eventSeq)
    const place = { jobId: job.id, after: from }
    if (!isOver(job)) return place
    const left = await deps.store.events(job.id, { limit: 1, afterSeq: from })
    return left.length === 0 ? null : place
  }
}

const wantsStream = (accept: string | undefined): boolean => /\btext\/event-stream\b/i.test(accept ?? '')

/** Takes over the response, with the headers that hooks have set so far (CORS, rate limits). */
function begin(reply: FastifyReply): void {
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    // A kept-alive connection would delay the stop of the process.
    connection: 'close',
    'x-request-id': reply.request.id,
  })
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  reply.hijack()
  reply.raw.writeHead(200)
}
