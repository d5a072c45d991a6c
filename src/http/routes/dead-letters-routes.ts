/** The dead-letter list: copies and callbacks that were given up, with the reason, and their requeueing. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { DeadLetters } from '../../jobs/maintenance/manage-dead-letters.ts'
import { deadLetterKinds } from '../../ports/maintenance/dead-letters.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { oneOf, pageOf, paging } from '../schemas/basic-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import type { RouteScope } from './route-scope.ts'

const tags = ['shelf']

const wanted = {
  kind: Type.Optional(oneOf(deadLetterKinds, { description: 'Only these; without, all.' })),
  allClients: Type.Optional(Type.Boolean({ default: false, description: 'Of all clients: needs `admin`.' })),
  ...paging,
}

/** Omits absent fields, as the use case requires. */
function queryOf(given: {
  kind?: (typeof deadLetterKinds)[number]
  allClients?: boolean
  limit?: number
  cursor?: string
}) {
  const { limit = 20, cursor = null, ...rest } = given
  return { ...rest, limit, cursor }
}

interface DeadLetterRoutesDeps {
  deadLetters: DeadLetters
}

export const deadLetterRoutes: FastifyPluginAsyncTypebox<DeadLetterRoutesDeps> = async (app, deps) => {
  addList(app, deps)
  addRequeue(app, deps)
}

function addList(app: RouteScope, { deadLetters }: DeadLetterRoutesDeps): void {
  app.get(
    '/api/shelf',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'listShelf',
        summary: 'List dead letters',
        description:
          'Files of finished jobs that could not be copied, callbacks that were not accepted and objects of erased jobs that could not be deleted, in the order in which their jobs and callbacks were made.',
        tags,
        querystring: Type.Object(wanted, { additionalProperties: false }),
        response: {
          200: pageOf('Shelved', 'A page of the dead-letter list.'),
          ...problems(401, 403, 422, 429),
        },
      },
    },
    async (request) => {
      const page = await deadLetters.list(clientOf(request), queryOf(request.query))
      return { ...page, hasMore: page.nextCursor !== null }
    },
  )
}

function addRequeue(app: RouteScope, { deadLetters }: DeadLetterRoutesDeps): void {
  app.post(
    '/api/shelf/:id/requeue',
    {
      onRequest: needs('jobs:write'),
      schema: {
        operationId: 'requeueShelved',
        summary: 'Requeue a dead letter',
        description:
          'Copies the missing files again, delivers the callback again, each with its full retry schedule, or tries to delete again.',
        tags,
        params: Type.Object({
          id: Type.String({ maxLength: 100, description: 'The id in the dead-letter list.' }),
        }),
        response: {
          202: Type.Unsafe<object>({
            $ref: 'Shelved#',
            description: 'Requeued; the entry as it was in the list.',
          }),
          ...problems(401, 403, 404, 422, 429),
        },
      },
    },
    async (request, reply) =>
      reply.code(202).send(await deadLetters.requeue(clientOf(request), request.params.id)),
  )

  app.post(
    '/api/shelf/requeue',
    {
      onRequest: needs('jobs:write'),
      schema: {
        operationId: 'requeueShelf',
        summary: 'Requeue a page of the dead-letter list',
        description:
          'Requeues every entry of one page and answers with them; skipped entries stay. While `hasMore`, call again with the `cursor` given.',
        tags,
        body: Type.Object(
          { ...wanted, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 100 })) },
          { additionalProperties: false },
        ),
        response: {
          202: pageOf('Shelved', 'The requeued entries.'),
          ...problems(400, 401, 403, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const page = await deadLetters.requeuePage(clientOf(request), queryOf({ limit: 100, ...request.body }))
      return reply.code(202).send({ ...page, hasMore: page.nextCursor !== null })
    },
  )
}
