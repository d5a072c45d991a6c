/** API keys for administrators: make, list, revoke. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AppError } from '../../domain/errors.ts'
import type { CreateKey } from '../../jobs/accounts/create-key.ts'
import type { KeyAdmin, KeyRecord } from '../../ports/keys.ts'
import { needs } from '../plugins/auth.ts'
import { timeOf } from '../requests/date-time.ts'
import { pageOf, paging } from '../schemas/basic-schemas.ts'
import { createKeyBody } from '../schemas/key-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import type { RouteScope } from './route-scope.ts'

export interface KeyRoutesDeps {
  createKey: CreateKey
  keyAdmin: Pick<KeyAdmin, 'list' | 'revoke'>
}

const tags = ['keys']

export const keyRoutes: FastifyPluginAsyncTypebox<KeyRoutesDeps> = async (app, deps) => {
  addCreate(app, deps)
  addList(app, deps)
  addRevoke(app, deps)
}

function addCreate(app: RouteScope, deps: KeyRoutesDeps): void {
  app.post(
    '/api/keys',
    {
      onRequest: needs('admin'),
      schema: {
        operationId: 'createKey',
        summary: 'Make an API key',
        description:
          'The answer is the only time the key is shown. To rotate, make a second key of the same client, move over, revoke the first.',
        tags,
        body: createKeyBody,
        response: {
          201: {
            description: 'Made.',
            content: { 'application/json': { schema: Type.Unsafe<object>({ $ref: 'NewKey#' }) } },
          },
          ...problems(400, 401, 403, 413, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const { expiresAt, ...rest } = request.body
      const { record, key } = await deps.createKey({
        ...rest,
        ...(expiresAt === undefined ? {} : { expiresAt: timeOf('/expiresAt', expiresAt) }),
      })
      const { lastUsedAt, revokedAt, ...shown } = viewKey(record)
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...shown, key })
    },
  )
}

function addList(app: RouteScope, deps: KeyRoutesDeps): void {
  app.get(
    '/api/keys',
    {
      onRequest: needs('admin'),
      schema: {
        operationId: 'listKeys',
        summary: 'List API keys, newest first',
        description: 'Of all clients, revoked and expired ones included.',
        tags,
        querystring: Type.Object(
          {
            ...paging,
            clientId: Type.Optional(
              Type.String({ maxLength: 100, description: 'Only those of this client.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf('Key', 'A page of keys.'), ...problems(401, 403, 422, 429) },
      },
    },
    async (request) => {
      const { limit, cursor, clientId } = request.query
      const page = await deps.keyAdmin.list(clientId === undefined ? {} : { clientId }, {
        limit: limit ?? 20,
        cursor: cursor ?? null,
      })
      return { ...page, data: page.data.map(viewKey), hasMore: page.nextCursor !== null }
    },
  )
}

function addRevoke(app: RouteScope, deps: KeyRoutesDeps): void {
  app.delete(
    '/api/keys/:id',
    {
      onRequest: needs('admin'),
      schema: {
        operationId: 'revokeKey',
        summary: 'Revoke an API key',
        description: 'At once, in every replica. Jobs it made go on. Revoking twice is fine.',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100, description: 'The id of the key.' }) }),
        response: {
          204: { description: 'Revoked.', type: 'null' },
          ...problems(401, 403, 404, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const known = await deps.keyAdmin.revoke(request.params.id)
      if (!known) throw new AppError('NOT_FOUND', 'The key does not exist.')
      return reply.code(204).send(null)
    },
  )
}

function viewKey(key: KeyRecord) {
  const { createdAt, expiresAt, lastUsedAt, revokedAt, ...rest } = key
  return {
    ...rest,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: iso(expiresAt),
    lastUsedAt: iso(lastUsedAt),
    revokedAt: iso(revokedAt),
  }
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
