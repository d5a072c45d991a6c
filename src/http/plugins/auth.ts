/** Authentication: a Bearer key, looked up by its SHA-256, or, to read one job, a job token, also as `?token=`. */
import { hash } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import type { Scope } from '../../ports/keys.ts'
import type { Authenticate } from '../access/authenticate.ts'
import { isJobToken, type JobToken, type JobTokens } from '../access/job-token.ts'
import type { IsLiveKey } from '../access/live-key-cache.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the auth hook of the API scope; null elsewhere. */
    client: Client | null
    /** The job of the presented job token; null with an API key. */
    onlyJobId: string | null
  }
}

export interface AuthDeps {
  authenticate: Authenticate
  jobTokens: Pick<JobTokens, 'verify'>
  isLiveKey: IsLiveKey
}

/** Routes that accept a job token: a job, its history, its files. */
const tokenRoute = /^\/api\/jobs\/:id(\/events(\/stream)?|\/media\/:\w+)?$/

/** Requires a valid key (or a job token where accepted) on every route of this scope. */
export function requireKey(app: FastifyInstance, deps: AuthDeps): void {
  app.decorateRequest('client', null)
  app.decorateRequest('onlyJobId', null)
  app.addHook('onRoute', (route) => {
    if (!isTokenRoute(route.method, route.url) || route.schema === undefined) return
    // A parameter, not a security scheme: clients that generators make would send their API key in the URL as well.
    route.schema.querystring = withToken(route.schema.querystring)
  })
  app.addHook('onRequest', async (request) => {
    const token = takeQueryToken(request)
    // A header wins, so that a client that sends its key in both places is served.
    const secret =
      token === null || (request.headers.authorization ?? '') !== '' ? bearerOf(request) : jobTokenIn(token)
    request.client = isJobToken(secret)
      ? clientOfToken(await tokenOf(deps, secret), request)
      : await deps.authenticate(hash('sha256', secret, 'buffer'), request.ip)
    if (request.client === null) {
      throw new AppError('UNAUTHENTICATED', 'The API key is unknown, expired or revoked.')
    }
  })
}

/** The authenticated client of a request. */
export function clientOf(request: FastifyRequest): Client {
  if (request.client === null) throw new Error('a route outside the API scope requested its client')
  return request.client
}

/**
 * An onRequest hook that requires a scope, so that a key without it is refused before its body is read; `admin` includes
 * every scope.
 */
export const needs = (scope: Scope) => async (request: FastifyRequest) => {
  const { scopes } = clientOf(request)
  if (!scopes.includes(scope) && !scopes.includes('admin')) {
    throw new AppError('FORBIDDEN', `This API key lacks the scope "${scope}".`)
  }
}

/** @throws AppError UNAUTHENTICATED, also when the key that made the token has been revoked since. */
export async function tokenOf(
  { jobTokens, isLiveKey }: Pick<AuthDeps, 'jobTokens' | 'isLiveKey'>,
  text: string,
): Promise<JobToken> {
  const token = jobTokens.verify(text)
  if (token === null || !(await isLiveKey(token.keyId))) {
    throw new AppError('UNAUTHENTICATED', 'The job token is not valid or has expired.')
  }
  return token
}

function clientOfToken(token: JobToken, request: FastifyRequest): Client {
  const { params } = request
  const asked = typeof params === 'object' && params !== null && 'id' in params ? params.id : null
  if (!isTokenRoute(request.method, request.routeOptions.url ?? '') || asked !== token.jobId) {
    throw new AppError('FORBIDDEN', 'A job token only permits reading its own job.')
  }
  request.onlyJobId = token.jobId
  return { clientId: token.clientId, keyId: token.keyId, scopes: ['jobs:read'], limits: {} }
}

function isTokenRoute(methods: string | readonly string[], url: string): boolean {
  const readsOnly = [methods].flat().every((method) => method === 'GET' || method === 'HEAD')
  return readsOnly && tokenRoute.test(url)
}

/** An EventSource cannot send headers. The token is removed from the query, so that no page or log repeats it. */
function takeQueryToken(request: FastifyRequest): unknown {
  const { query } = request
  if (typeof query !== 'object' || query === null || !('token' in query)) return null
  if (!isTokenRoute(request.method, request.routeOptions.url ?? '')) return null
  const { token } = query
  delete query.token
  return token
}

/** API keys stay out of URLs, which end up in logs and histories. */
function jobTokenIn(token: unknown): string {
  if (typeof token === 'string' && isJobToken(token)) return token
  throw new AppError(
    'UNAUTHENTICATED',
    '?token= takes a job token only; send an API key in the Authorization header.',
  )
}

const tokenParameter = Type.Optional(
  Type.String({
    maxLength: 512,
    description:
      'A job token, where no header can be sent; ignored beside an Authorization header. Never an API key.',
  }),
)

function withToken(querystring: unknown) {
  const given = typeof querystring === 'object' && querystring !== null ? querystring : Type.Object({})
  const properties = 'properties' in given && typeof given.properties === 'object' ? given.properties : {}
  return { ...given, properties: { ...properties, token: tokenParameter } }
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
