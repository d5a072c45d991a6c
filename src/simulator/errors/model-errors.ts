/** FAL's model errors: the list under `detail`, each with place, message, type and a link. */

import type { Json, JsonObject } from '../base/json.ts'
import type { ModelAnswer } from '../world/queue-request.ts'

export interface ModelErrorDetail {
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly type: string
  readonly ctx?: JsonObject
  readonly input?: Json
}

export function modelErrorAnswer(
  statusCode: number,
  details: readonly ModelErrorDetail[],
  isRetryable = false,
): ModelAnswer {
  const retry = { 'x-fal-retryable': String(isRetryable), 'x-fal-needs-retry': isRetryable ? '1' : '0' }
  return {
    statusCode,
    headers: statusCode === 422 ? { ...retry, 'x-fal-billable-units': '0' } : retry,
    body: { detail: details.map(withLink) },
  }
}

function withLink({ loc, msg, type, ctx, input }: ModelErrorDetail): JsonObject {
  return {
    loc,
    msg,
    type,
    url: `https://docs.fal.ai/errors/#${type}`,
    ...(ctx && { ctx }),
    ...(input !== undefined && { input }),
  }
}
