/**
 * Allows pages of any origin to call every FAL host, which FAL's browser client needs. It does not allow them the
 * admin, which sends requests of its own.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { targetOf } from './hosts.ts'
import { headerOf } from './http-call.ts'

export async function allowOtherOrigins(call: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (targetOf(call.originalUrl, call.headers).room === 'admin') return
  reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' })
  if (call.method !== 'OPTIONS' || headerOf(call, 'access-control-request-method') === undefined) return
  await reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      // A star would leave out `authorization`.
      'access-control-allow-headers': headerOf(call, 'access-control-request-headers') ?? '*',
      'access-control-allow-private-network': 'true',
      'access-control-max-age': '600',
    })
    .send()
}
