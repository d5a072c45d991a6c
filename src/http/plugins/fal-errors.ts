/**
 * Refusals in FAL's own form, for callers that speak FAL's protocol: `detail` as a sentence, or as a list of
 * locations.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, type FieldError } from '../../domain/errors.ts'
import { findModel } from '../../models/catalogue.ts'
import { problemBody, toAppError } from './problems.ts'

/**
 * `message` is what the official client shows; `code` and `requestId` are ours. `endpointId` of a submit gives the
 * names of FAL's fields.
 */
export function sendFalError(
  reply: FastifyReply,
  request: FastifyRequest,
  error: Parameters<typeof toAppError>[0],
  endpointId: string | null,
): FastifyReply {
  const problem = toAppError(error)
  const { status } = problemBody(problem, request.id)
  // FAL's clients show the id of this header with an error.
  if (!reply.hasHeader('x-fal-request-id')) reply.header('x-fal-request-id', request.id)
  if (problem.retryAfterSeconds !== undefined)
    reply.header('retry-after', Math.ceil(problem.retryAfterSeconds))
  const fields = { message: problem.message, code: problem.code, requestId: request.id }
  if (problem.code === 'UNKNOWN_MODEL') {
    return reply.code(404).send({ detail: `Application "${endpointId ?? ''}" not found`, ...fields })
  }
  if (problem.code === 'NOT_FOUND') return reply.code(404).send({ status: 'NOT_FOUND', ...fields })
  if (problem.code === 'INVALID_PARAMS' && problem.errors.length > 0) {
    const detail = problem.errors.map((fault) => toReason(fault, endpointId))
    return reply.code(422).send({ detail, ...fields })
  }
  return reply.code(status).send({ detail: problem.message, ...fields })
}

export const invalidTarget = (): AppError =>
  new AppError(
    'MALFORMED_BODY',
    "Invalid request: the target must be FAL's queue (https://queue.fal.run/…), a run (https://fal.run/…) or the initiation of an upload; fal.stream and fal.realtime cannot be made durable: use fal.subscribe.",
  )

const falTypeOf: Readonly<Record<string, string>> = {
  required: 'missing',
  unknown_field: 'extra_forbidden',
  out_of_range: 'value_error',
}

function toReason({ pointer, message, code, allowed }: FieldError, endpointId: string | null) {
  const parts = pointer
    .replace(/^#/, '')
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return {
    loc: locOf(parts, endpointId),
    msg: message,
    type: falTypeOf[code] ?? code,
    ...(allowed === undefined ? {} : { ctx: { expected: allowed } }),
  }
}

/** FAL's client reads the field from the last part. */
function locOf(parts: string[], endpointId: string | null): (string | number)[] {
  const [first, ...rest] = parts
  if (first === undefined) return ['body']
  if (first === 'query' || first === 'header') return [first, ...rest]
  const path = first === 'input' ? rest : [fieldOf(first, endpointId), ...rest]
  return ['body', ...path.map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : part))]
}

/** FAL's field name for a parameter of the service. */
function fieldOf(param: string, endpointId: string | null): string {
  const entry = endpointId === null ? undefined : findModel(endpointId)
  return entry?.parameters.find((parameter) => parameter.param === param)?.field ?? param
}
