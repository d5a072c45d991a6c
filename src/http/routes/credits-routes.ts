/** Credits: balance, statement, grants. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Credits } from '../../jobs/accounts/manage-credits.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { idempotencyKey, pageOf, paging } from '../schemas/basic-schemas.ts'
import { grantBody } from '../schemas/credits-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import type { RouteScope } from './route-scope.ts'

export interface CreditRoutesDeps {
  credits: Credits
}

const tags = ['credits']
const wanted = {
  userId: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: "The account that pays for this user's jobs: the user's own, or else the client's.",
    }),
  ),
  clientId: Type.Optional(Type.String({ maxLength: 100, description: 'Another client (`admin` only).' })),
}

/** Readers of jobs, and billing systems with `credits:write` only. */
async function mayReadCredits(request: FastifyRequest): Promise<void> {
  if (!clientOf(request).scopes.includes('credits:write')) await needs('jobs:read')(request)
}

export const creditRoutes: FastifyPluginAsyncTypebox<CreditRoutesDeps> = async (app, deps) => {
  addReading(app, deps)
  addGrants(app, deps)
}

function addReading(app: RouteScope, { credits }: CreditRoutesDeps): void {
  app.get(
    '/api/credits',
    {
      onRequest: mayReadCredits,
      schema: {
        operationId: 'getCredits',
        summary: 'The balance of an account',
        tags,
        querystring: Type.Object(wanted, { additionalProperties: false }),
        response: { 200: { $ref: 'Credits#', description: 'The account.' }, ...problems(401, 403, 422, 429) },
      },
    },
    (request) => credits.balance(clientOf(request), request.query),
  )

  app.get(
    '/api/credits/ledger',
    {
      onRequest: mayReadCredits,
      schema: {
        operationId: 'listLedgerEntries',
        summary: 'The ledger of an account, newest first',
        tags,
        querystring: Type.Object(
          {
            ...wanted,
            ...paging,
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf('LedgerEntry', 'A page of entries.'), ...problems(401, 403, 422, 429) },
      },
    },
    async (request) => {
      const { limit, cursor, ...account } = request.query
      const page = { limit: limit ?? 20, cursor: cursor ?? null }
      const { data, nextCursor } = await credits.statement(clientOf(request), account, page)
      return { data, nextCursor, hasMore: nextCursor !== null }
    },
  )
}

function addGrants(app: RouteScope, { credits }: CreditRoutesDeps): void {
  app.post(
    '/api/credits/grants',
    {
      onRequest: needs('admin'),
      schema: {
        operationId: 'grantCredits',
        summary: 'Grant credit',
        description: 'Needs `admin`. With an `Idempotency-Key` a repeated grant grants once.',
        tags,
        headers: Type.Object({
          'idempotency-key': idempotencyKey(
            'The same key with the same request gives the same answer and does nothing twice.',
          ),
        }),
        body: grantBody,
        response: {
          201: {
            description: 'Granted.',
            headers: {
              'idempotency-replayed': {
                type: 'string',
                description: '`true` when this grant was made before.',
              },
            },
            content: { 'application/json': { schema: Type.Unsafe<object>({ $ref: 'LedgerEntry#' }) } },
          },
          ...problems(400, 401, 403, 413, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'] ?? null
      const { entry, replayed } = await credits.grant(clientOf(request), request.body, key)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(entry)
    },
  )
}
