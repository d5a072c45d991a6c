/** Checks `Authorization: Key id:secret` as FAL does and answers with FAL's own refusals. */

import type { FastifyRequest } from 'fastify'
import { addressOf, headerOf } from '../base/http-call.ts'
import type { World } from './world.ts'

export type Credentials =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly detail: string }

export function credentialsOf(world: World, request: FastifyRequest): Credentials {
  const header = headerOf(request, 'authorization')
  if (header === undefined) {
    return addressOf(request).isProxied ? { kind: 'key', key: proxyKey(world) } : { kind: 'none' }
  }
  const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(header) ?? []
  if (!/^key$/i.test(scheme) || !/^[^:\s]+:[^:\s]+$/.test(rest)) {
    const detail = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."
    return { kind: 'refused', detail }
  }
  const isKnown = world.access.keys.size === 0 || world.access.keys.has(rest)
  return isKnown && !world.access.revoked.has(rest)
    ? { kind: 'key', key: rest }
    : { kind: 'refused', detail: world.settings.wrongKeyDetail }
}

/** The key the proxy adds to calls that bring none. */
function proxyKey(world: World): string {
  return [...world.access.keys][0] ?? 'proxy:secret'
}
