/** Who calls: a Bearer key, looked up by its SHA-256 and remembered for seconds, so that a revocation counts at once. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import type { Client } from '../../jobs/create-job.ts'
import type { Scope } from '../../jobs/ports.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the auth hook of the API scope; null elsewhere. */
    client: Client | null
  }
}

/** Finds the client of a key's hash, or null when the key is unknown, revoked or expired. */
export type Authenticate = (hash: Buffer) => Promise<Client | null>

/** Requires a valid key on every route of this scope. */
export function requireKey(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('client', null)
  app.addHook('onRequest', async (request) => {
    const secret = bearerOf(request)
    const client = await authenticate(createHash('sha256').update(secret).digest())
    if (client === null) throw new AppError('UNAUTHENTICATED', 'The API key is unknown, expired or revoked.')
    request.client = client
  })
}

/** The authenticated client of a request. */
export function clientOf(request: FastifyRequest): Client {
  if (request.client === null) throw new Error('a route outside the API scope asked for its client')
  return request.client
}

/** A preHandler that demands a scope; `admin` may do everything. */
export const needs = (scope: Scope) => async (request: FastifyRequest) => {
  const { scopes } = clientOf(request)
  if (!scopes.includes(scope) && !scopes.includes('admin')) {
    throw new AppError('FORBIDDEN', `This API key lacks the scope "${scope}".`)
  }
}

function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization
  if (header === undefined) {
    throw new AppError('UNAUTHENTICATED', 'Send your API key as "Authorization: Bearer <key>".')
  }
  const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header)
  if (match?.[1] === undefined) {
    throw new AppError('UNAUTHENTICATED', 'The Authorization header must be "Bearer <key>".')
  }
  return match[1]
}
