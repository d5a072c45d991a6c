/** The output of a finished request before its files exist. */

import { isObject, type Json } from '../base/json.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import { findModel, genericModel } from './catalogue.ts'

/** The output without the field that holds its files. */
export function withoutMedia(request: QueueRequest): Json {
  const body = request.answer?.body ?? null
  const model = findModel(request.endpointId) ?? genericModel(request.endpointId)
  if (!isObject(body) || !model) return body
  const { [model.output.field]: files, ...rest } = body
  return Array.isArray(files) ? { ...rest, [model.output.field]: [] } : rest
}
