/**
 * A submit in FAL's form becomes a job: its headers are translated, unsupported ones are refused, and the model must
 * be allowed.
 */

import type { Client } from '../../domain/client.ts'
import { AppError, type FieldError } from '../../domain/errors.ts'
import type { QueueOptions } from '../../domain/job.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import { findCurated } from '../../models/catalogue.ts'
import type { CreateJob } from '../create/create-job.ts'

export interface ProxySubmission {
  endpointId: string
  /** Of the target URL. */
  query: URLSearchParams
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  /** The parsed body; undefined or null when there was none. */
  input: unknown
}

export interface ProxySubmitted {
  jobId: string
  /** What the client should know of its input, in words. */
  warnings: string[]
}

/** @throws AppError as a create does; FORBIDDEN for a model that the proxy does not allow. */
export type ProxySubmit = (client: Client, submission: ProxySubmission) => Promise<ProxySubmitted>

export interface ProxySubmitDeps {
  createJob: CreateJob
  /** Aliases and endpoint ids, `*` for any run of characters; empty: every model. */
  allowedModels: readonly string[]
}

/** FAL's headers without effect on a job; they are reported back, so that no client relies on them. */
const withoutEffect = [
  'x-fal-object-lifecycle-preference',
  'x-fal-store-io',
  'x-fal-no-retry',
  'x-fal-retry-config',
  'x-app-fal-disable-fallback',
  'x-fal-tags',
]

export const ignoredHeaders = (headers: ProxySubmission['headers']): string[] =>
  withoutEffect.filter((name) => headers[name] !== undefined)

/** FAL's apps ignore a field that they do not know, and answer 422 for a number that they do not take. */
const asFalDoes = { passUnknown: true, exactValues: true }

export function makeProxySubmit({ createJob, allowedModels }: ProxySubmitDeps): ProxySubmit {
  const patterns = allowedModels.map(toPattern)

  return async function proxySubmit(client, { endpointId, query, headers, input }) {
    const alias = findCurated(endpointId)?.alias
    const names = alias === undefined ? [endpointId] : [endpointId, alias]
    if (patterns.length > 0 && !names.some((name) => patterns.some((pattern) => pattern.test(name)))) {
      throw new AppError('FORBIDDEN', `The proxy does not run "${endpointId}".`)
    }
    const errors: FieldError[] = []
    for (const name of query.keys()) {
      errors.push({
        pointer: `/query/${name}`,
        message: `The proxy does not support "${name}".`,
        code: 'unsupported',
      })
    }
    if (input !== undefined && input !== null && !isRecord(input)) {
      errors.push({ pointer: '/input', message: 'The input must be an object.', code: 'dict_type' })
    }
    if (headers['x-app-fal-upload-policy'] !== undefined) errors.push(uploadPolicy)
    const queue = queueOf(headers, errors)
    const userId = headerText(headers, 'x-fal-jobs-user-id', errors, /^.{1,200}$/)
    const idempotencyKey = headerText(headers, 'idempotency-key', errors, /^.{1,255}$/)
    if (errors.length > 0) throw new AppError('INVALID_PARAMS', errors[0]?.message ?? '', { errors })
    const request = {
      model: endpointId,
      input: isRecord(input) ? input : {},
      queue,
      ...(userId === null ? {} : { userId }),
      ...(isYes(headers['x-fal-jobs-confirm']) ? { confirm: true } : {}),
    }
    const result = await createJob(client, request, { idempotencyKey, inputRules: asFalDoes })
    if (result.type === 'replayed') return { jobId: result.jobId, warnings: [] }
    const warnings = result.job.warnings.map(
      ({ field, reason }) => `${field.replace(/^input\./, '')}: ${reason}`,
    )
    return { jobId: result.job.id, warnings }
  }
}

function queueOf(headers: ProxySubmission['headers'], errors: FieldError[]): QueueOptions {
  const priority = headerText(headers, 'x-fal-queue-priority', errors, /^(normal|low)$/)
  const hint = headerText(headers, 'x-fal-runner-hint', errors, /^[\x21-\x7e]{1,200}$/)
  const startTimeoutSeconds = startTimeoutOf(headers, errors)
  return {
    ...(priority === 'low' || priority === 'normal' ? { priority } : {}),
    ...(hint === null ? {} : { runnerHint: hint }),
    ...(startTimeoutSeconds === null ? {} : { startTimeoutSeconds }),
  }
}

/** FAL's clients of 2026 send the first name, older ones the second. */
const startTimeoutHeaders = ['x-fal-request-start-timeout', 'x-fal-request-timeout']

function startTimeoutOf(headers: ProxySubmission['headers'], errors: FieldError[]): number | null {
  const name = startTimeoutHeaders.find((known) => headers[known] !== undefined)
  const text = name === undefined ? null : headerText(headers, name, errors, /^\d{1,5}(\.\d{1,6})?$/)
  if (name === undefined || text === null) return null
  const seconds = Number(text)
  if (seconds <= 1 || seconds > 86_400) errors.push(badHeader(name))
  return seconds
}

function headerText(
  headers: ProxySubmission['headers'],
  name: string,
  errors: FieldError[],
  pattern: RegExp,
): string | null {
  const value = headers[name]
  if (value === undefined || value === '') return null
  if (typeof value === 'string' && pattern.test(value)) return value
  errors.push(badHeader(name))
  return null
}

const uploadPolicy: FieldError = {
  pointer: '/header/x-app-fal-upload-policy',
  message: 'The proxy does not support x-app-fal-upload-policy: this service archives the files itself.',
  code: 'unsupported',
}

const badHeader = (name: string): FieldError => ({
  pointer: `/header/${name}`,
  message: `The header ${name} is not valid.`,
  code: 'value_error',
})

const isYes = (value: string | string[] | undefined): boolean => value === '1' || value === 'true'

function toPattern(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i')
}
