/**
 * Lets pages of any origin call every FAL host, as FAL's own browser client needs it. The admin is not opened: it
 * makes calls of its own, and a visited page must not be able to call them.
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
