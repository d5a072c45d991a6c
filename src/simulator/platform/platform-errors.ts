/** The error shape of the Platform API, and the checks that answer with it. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendJson } from '../base/http-call.ts'
import { credentialsOf } from '../world/credentials.ts'
import type { World } from '../world/world.ts'

const types: Readonly<Record<number, string>> = {
  400: 'validation_error',
  401: 'authorization_error',
  403: 'authorization_error',
  404: 'not_found',
  429: 'rate_limited',
  501: 'not_implemented',
}

export function sendPlatformError(reply: FastifyReply, statusCode: number, message: string): FastifyReply {
  return sendJson(reply, statusCode, { error: { type: types[statusCode] ?? 'server_error', message } })
}

export type PlatformCall = (call: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>

/** Admits only calls with a valid key. */
export function withKey(world: World, handle: PlatformCall): PlatformCall {
  return (call, reply) => {
    const credentials = credentialsOf(world, call)
    if (credentials.kind === 'none') return sendPlatformError(reply, 401, 'Authentication required')
    if (credentials.kind === 'refused') return sendPlatformError(reply, 401, credentials.detail)
    return handle(call, reply)
  }
}

/** Admits only calls with a key of ADMIN scope. */
export function withAdminKey(world: World, handle: PlatformCall): PlatformCall {
  return withKey(world, (call, reply) => {
    const credentials = credentialsOf(world, call)
    const { adminKeys } = world.settings
    const isAdmin =
      credentials.kind === 'key' && (adminKeys.length === 0 || adminKeys.includes(credentials.key))
    return isAdmin
      ? handle(call, reply)
      : sendPlatformError(reply, 403, 'This API key is not permitted to perform this action.')
  })
}
