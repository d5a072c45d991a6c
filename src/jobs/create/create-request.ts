/** The create request as every use case that creates or prices a job takes it. */
import { hash } from 'node:crypto'
import type { CallbackType, QueueOptions } from '../../domain/job.ts'
import type { Params } from '../../models/prepare.ts'

/** The create body after the schema: params flat beside the rest, as clients send it. */
export interface CreateRequest extends RequestRest, Params {}

/** The fields of a request that are not parameters of the model. */
export interface RequestRest {
  model: string
  input?: Record<string, unknown>
  userId?: string
  metadata?: Record<string, string>
  callbackUrl?: string
  callbackEvents?: CallbackType[]
  confirm?: boolean
  quoteId?: string
  maxCostMicros?: number
  archive?: boolean
  queue?: QueueOptions
  deadlineSeconds?: number
  /** Refuse what would otherwise be changed with a warning. */
  strict?: boolean
}

/**
 * The fields of a request that are parameters of the model. An unknown name counts as a parameter and is refused as
 * one.
 */
export function paramsOf(request: CreateRequest): Params {
  const {
    model,
    input,
    userId,
    metadata,
    callbackUrl,
    callbackEvents,
    confirm,
    quoteId,
    maxCostMicros,
    archive,
    queue,
    deadlineSeconds,
    strict,
    ...params
  } = request
  return params
}

/** SHA-256 of any JSON with its keys in order: the same body in another order is the same request. */
export function hashOfJson(value: object): Buffer {
  return hash('sha256', JSON.stringify(value, sortedKeys), 'buffer')
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
