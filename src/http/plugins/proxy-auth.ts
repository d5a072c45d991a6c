/**
 * Authentication of the drop-in proxy: our API key or job token, wherever FAL's official client can send it:
 * `x-fal-jobs-token`, `Authorization: Bearer …` or `Key …`, and for a job token also `?token=`.
 */
import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import { isJobToken } from '../access/job-token.ts'
import { type AuthDeps, tokenOf } from './auth.ts'

export function requireProxyKey(scope: FastifyInstance, deps: AuthDeps): void {
  scope.decorateRequest('client', null)
  scope.decorateRequest('onlyJobId', null)
  scope.addHook('onRequest', async (request) => {
    const secret = secretOf(request)
    if (isJobToken(secret)) {
      const { jobId, clientId, keyId } = await tokenOf(deps, secret)
      request.client = { clientId, keyId, scopes: ['jobs:read'], limits: {} }
      request.onlyJobId = jobId
      return
    }
    request.client = await deps.authenticate(hash('sha256', secret, 'buffer'), request.ip)
    if (request.client === null) throw new AppError('UNAUTHENTICATED', unknownKey(secret))
  })
}

/** Callers of FAL's clients may have set a credential of FAL's. */
function unknownKey(secret: string): string {
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(secret))
    return "FAL's OAuth access tokens are not accepted here: send a key of this service in its place."
  if (/^[\w-]+:[\w-]+$/.test(secret))
    return "FAL's own keys are not accepted here: send a key of this service in its place."
  return 'The API key is unknown, expired or revoked.'
}

/** `x-fal-jobs-token` wins, since the official client may send FAL credentials in Authorization. */
function secretOf(request: FastifyRequest): string {
  const own = request.headers['x-fal-jobs-token']
  if (typeof own === 'string' && /^[\x21-\x7e]{1,1024}$/.test(own)) return own
  const match = /^(?:Bearer|Key) ([\x21-\x7e]{1,1024})$/i.exec(request.headers.authorization ?? '')
  if (match?.[1] !== undefined) return match[1]
  const { query } = request
  const inUrl = typeof query === 'object' && query !== null && 'token' in query ? query.token : undefined
  // API keys stay out of URLs, which end up in logs and histories.
  if (typeof inUrl === 'string' && isJobToken(inUrl)) return inUrl
  throw new AppError(
    'UNAUTHENTICATED',
    'Send a key of this service as x-fal-jobs-token or as "Authorization: Bearer <key>".',
  )
}
