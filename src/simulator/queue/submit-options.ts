/** Reads the platform headers of a submit, in both their spellings; drops what FAL would drop silently. */

import type { FastifyRequest } from 'fastify'
import { headerOf } from '../base/http-call.ts'
import { jsonHeader } from '../world/file-lifecycle.ts'
import type { SubmitOptions } from '../world/queue-request.ts'

export function submitOptions(request: FastifyRequest): SubmitOptions {
  const timeout = Number(
    headerOf(request, 'x-fal-request-start-timeout') ?? headerOf(request, 'x-fal-request-timeout'),
  )
  return {
    priority: headerOf(request, 'x-fal-queue-priority') === 'low' ? 'low' : 'normal',
    startTimeoutSeconds: timeout > 0.1 ? timeout : undefined,
    storeIo: headerOf(request, 'x-fal-store-io') !== '0',
    tags: tagsOf(headerOf(request, 'x-fal-tags') ?? ''),
    lifecycle: jsonHeader(headerOf(request, 'x-fal-object-lifecycle-preference')),
    runnerHint: headerOf(request, 'x-fal-runner-hint'),
    source: headerOf(request, 'x-fal-request-source'),
  }
}

const maxTags = 10
const maxTagBytes = 1024

function tagsOf(header: string): Readonly<Record<string, string>> {
  if (header === '' || Buffer.byteLength(header) > maxTagBytes) return {}
  const pairs = header.split(',').map((pair) => pair.trim().split(/=(.*)/s))
  const valid = pairs.flatMap(([key = '', value = '']) =>
    /^[a-z0-9._-]{1,64}$/.test(key) && !key.startsWith('fal.') && /^[ -~]{0,256}$/.test(value)
      ? [[key, value] as const]
      : [],
  )
  return valid.length > maxTags ? {} : Object.fromEntries(valid)
}
