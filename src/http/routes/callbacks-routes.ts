/** Callbacks: listing them and their attempts, redelivery, and testing an endpoint. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AppError } from '../../domain/errors.ts'
import { viewCallback, viewCallbackInFull } from '../../jobs/callbacks/callback-view.ts'
import type { TestCallback } from '../../jobs/callbacks/test-callback.ts'
import { type CallbackStore, callbackStates } from '../../ports/callbacks.ts'
import type { Clock } from '../../ports/clock.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { timeOf } from '../requests/date-time.ts'
import { nullable, oneOf, pageOf, paging } from '../schemas/basic-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import type { RouteScope } from './route-scope.ts'

export interface CallbackRoutesDeps {
  callbacks: Pick<CallbackStore, 'get' | 'attempts' | 'list' | 'redeliver' | 'redeliverRange'>
  testCallback: TestCallback
  clock: Clock
}

const tags = ['callbacks']
const params = Type.Object({ id: Type.String({ maxLength: 100, description: 'The id of the callback.' }) })
const ref = (name: string, description: string) => Type.Unsafe<object>({ $ref: `${name}#`, description })

const redeliverAtMost = 1_000

export const callbackRoutes: FastifyPluginAsyncTypebox<CallbackRoutesDeps> = async (app, deps) => {
  addReading(app, deps)
  addRedelivery(app, deps)
  addRangeRedelivery(app, deps)
  addTest(app, deps)
}

function addReading(app: RouteScope, deps: CallbackRoutesDeps): void {
  app.get(
    '/api/callbacks',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'listCallbacks',
        summary: 'List callbacks, newest first',
        tags,
        querystring: Type.Object(
          {
            ...paging,
            jobId: Type.Optional(Type.String({ maxLength: 100, description: 'Only those of this job.' })),
            status: Type.Optional(oneOf(callbackStates, { description: 'Only those in this state.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf('Callback', 'A page of callbacks.'), ...problems(401, 403, 422, 429) },
      },
    },
    async (request) => {
      const { limit, cursor, jobId, status } = request.query
      const filter = {
        clientId: clientOf(request).clientId,
        ...(jobId === undefined ? {} : { jobId }),
        ...(status === undefined ? {} : { state: status }),
      }
      const page = await deps.callbacks.list(filter, { limit: limit ?? 20, cursor: cursor ?? null })
      return { ...page, data: page.data.map(viewCallback), hasMore: page.nextCursor !== null }
    },
  )

  app.get(
    '/api/callbacks/:id',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'getCallback',
        summary: 'Read a callback and its attempts',
        tags,
        params,
        response: { 200: ref('CallbackInFull', 'The callback.'), ...problems(401, 403, 404, 422, 429) },
      },
    },
    async (request) => {
      const callback = await deps.callbacks.get(request.params.id)
      if (callback === null || callback.clientId !== clientOf(request).clientId) throw notFound()
      return viewCallbackInFull(callback, await deps.callbacks.attempts(callback.id))
    },
  )
}

function addRedelivery(app: RouteScope, deps: CallbackRoutesDeps): void {
  app.post(
    '/api/callbacks/:id/redeliver',
    {
      onRequest: needs('jobs:write'),
      schema: {
        operationId: 'redeliverCallback',
        summary: 'Redeliver a callback',
        description:
          'Sends the same message under the same `webhook-id` now, with the full retry schedule, whatever its state.',
        tags,
        params,
        response: {
          202: ref('Callback', 'The redelivery is scheduled.'),
          ...problems(401, 403, 404, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const callback = await deps.callbacks.redeliver(clientOf(request).clientId, request.params.id)
      if (callback === null) throw notFound()
      return reply.code(202).send(viewCallback(callback))
    },
  )
}

function addRangeRedelivery(app: RouteScope, deps: CallbackRoutesDeps): void {
  app.post(
    '/api/callbacks/redeliver',
    {
      onRequest: needs('jobs:write'),
      schema: {
        operationId: 'redeliverCallbacks',
        summary: 'Redeliver a range of callbacks',
        description:
          'Those made from `since` until before `until`, oldest first, at most `limit` a call: while `hasMore`, call again with `nextCursor` as `cursor`.',
        tags,
        body: Type.Object(
          {
            since: Type.String({ format: 'date-time' }),
            until: Type.Optional(Type.String({ format: 'date-time', description: 'Default: now.' })),
            status: Type.Optional(oneOf(['failed', 'delivered'] as const, { default: 'failed' })),
            limit: Type.Optional(
              Type.Integer({ minimum: 1, maximum: redeliverAtMost, default: redeliverAtMost }),
            ),
            cursor: paging.cursor,
          },
          { additionalProperties: false },
        ),
        response: {
          202: Type.Object(
            {
              redelivered: Type.Integer({ description: 'Number of scheduled redeliveries.' }),
              nextCursor: nullable(
                Type.String({ description: 'Pass as `cursor` to continue; null at the end.' }),
              ),
              hasMore: Type.Boolean(),
            },
            { additionalProperties: false, description: 'The redeliveries are scheduled.' },
          ),
          ...problems(400, 401, 403, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const { since, until, status, limit, cursor } = request.body
      const { count, nextCursor } = await deps.callbacks.redeliverRange(clientOf(request).clientId, {
        since: timeOf('/since', since),
        until: until === undefined ? deps.clock.now() : timeOf('/until', until),
        state: status ?? 'failed',
        limit: limit ?? redeliverAtMost,
        cursor: cursor ?? null,
      })
      return reply.code(202).send({ redelivered: count, nextCursor, hasMore: nextCursor !== null })
    },
  )
}

function addTest(app: RouteScope, deps: CallbackRoutesDeps): void {
  app.post(
    '/api/callbacks/test',
    {
      onRequest: needs('jobs:write'),
      schema: {
        operationId: 'testCallback',
        summary: 'Test an endpoint',
        description:
          'Sends one signed message of type `callback.test` and says what is wrong, if anything. A passing test enables an endpoint that was disabled after days of failure.',
        tags,
        body: Type.Object(
          { url: Type.String({ minLength: 1, maxLength: 2000 }) },
          { additionalProperties: false },
        ),
        response: {
          200: ref('CallbackTest', 'The outcome of the test.'),
          ...problems(400, 401, 403, 415, 422, 429),
        },
      },
    },
    async (request) => deps.testCallback(clientOf(request), request.body.url),
  )
}

const notFound = (): AppError => new AppError('NOT_FOUND', 'The callback does not exist.')
