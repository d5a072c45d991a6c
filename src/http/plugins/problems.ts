/**
 * Every refusal is answered here as application/problem+json: the error handler, and the texts of validation errors.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { closestName } from '../../domain/closest-name.ts'
import { AppError, boundFaults, type FieldError } from '../../domain/errors.ts'
import { adviceOnFalName } from '../../models/document/fal-names.ts'
import { type DatabaseTrouble, databaseTrouble } from '../../ports/database-trouble.ts'
import { problemType, statusOf } from '../schemas/data/problem-type.ts'
import { methodsByPath } from './allowed-methods.ts'

type Issue = NonNullable<FastifyError['validation']>[number]

/** As many as an error lists. */
const mostTexts = 20

/** The public text of internal errors. */
const internalText = 'Something went wrong on our side. Quote the requestId when you report it.'

export const problemsPlugin = fp(async (app) => {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toAppError(error)
    const status = statusOf[problem.code]
    const { code, errors, internal } = problem
    // During an outage every request logs this: one line, without a stack. A deliberate refusal has no cause.
    if (status === 500) request.log.error({ err: error }, problem.message)
    else if (problem.cause !== undefined)
      request.log.warn({ code, reason: reasonOf(problem.cause) }, problem.message)
    else request.log.info({ code, faults: errors.length, internal }, problem.message)
    return sendProblem(reply, request, problem)
  })
  const methodsOf = methodsByPath(app)
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.url)
    if (methods.length === 0)
      return sendProblem(
        reply,
        request,
        new AppError('NOT_FOUND', `There is no ${request.method} ${pathOf(request.url)}.`),
      )
    const allowed = methods.join(', ')
    reply.header('allow', allowed)
    const message = `${pathOf(request.url)} takes ${allowed}, not ${request.method}.`
    return sendProblem(reply, request, new AppError('METHOD_NOT_ALLOWED', message))
  })
})

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** For a URL that the router cannot parse (`%zz`, too long): not found. No hook has seen the request. */
export function refuseAddress(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  sendProblem(reply, request, new AppError('NOT_FOUND', 'Not found.'))
}

function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: AppError): FastifyReply {
  const status = statusOf[problem.code]
  if (problem.retryAfterSeconds !== undefined)
    reply.header('retry-after', Math.ceil(problem.retryAfterSeconds))
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="fal-jobs"')
  return reply.code(status).type('application/problem+json').send(problemBody(problem, request.id))
}

/** Faults of one item in the answer to a batch, which has up to a hundred. */
const mostItemBytes = 4 * 1024

/** The same for one item of a batch. */
export const itemProblemBody = (problem: AppError, requestId: string) => ({
  ...problemBody(problem, requestId),
  errors: boundFaults(problem.errors, mostItemBytes),
})

/** The problem document of RFC 9457. */
export function problemBody(problem: AppError, requestId: string) {
  return {
    ...problem.extensions,
    type: problemType(problem.code),
    title: problem.code,
    status: statusOf[problem.code],
    code: problem.code,
    detail: problem.message,
    requestId,
    retryable: problem.retryable,
    errors: problem.errors,
  }
}

/** Maps any error to a public one; an unknown error becomes INTERNAL without details. */
export function toAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error
  if (error.validation !== undefined) return fromValidation(error)
  switch (error.code) {
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new AppError('MALFORMED_BODY', 'The body is not valid JSON.')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('PAYLOAD_TOO_LARGE', 'The body is too large.')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.')
  }
  const trouble = databaseTrouble(error)
  if (trouble !== null)
    return new AppError('UNAVAILABLE', unavailableText[trouble], { retryAfterSeconds: 2, cause: error })
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError('MALFORMED_BODY', 'The request could not be read.', { internal: error.message })
  }
  return new AppError('INTERNAL', internalText, { cause: error })
}

const awayText = 'The service cannot reach its database just now.'

const unavailableText: Record<DatabaseTrouble, string> = {
  unreachable: awayText,
  denied: awayText,
  statement_lost: awayText,
  full: 'The database has no connection or no space left just now.',
  read_only: 'The database is read-only just now, as during a failover.',
  contended: 'Another transaction holds what this request needs. Repeat it in a moment.',
}

function fromValidation(error: FastifyError): AppError {
  const place = error.validationContext ?? 'body'
  return invalidIssues(error.validation ?? [], place)
}

/** Texts are made for the faults that can be shown only: each costs a search for the nearest field. */
export function invalidIssues(issues: readonly Issue[], place: string): AppError {
  return invalid(
    issues.slice(0, mostTexts).map((issue) => fieldError(issue, place)),
    issues.length,
  )
}

/** One validation error of a request. */
export function fieldError(issue: Issue, place: string): FieldError {
  const { missingProperty, additionalProperty, allowedValues } = issue.params as {
    missingProperty?: string
    additionalProperty?: string
    allowedValues?: (string | number | boolean)[]
  }
  const child = missingProperty ?? additionalProperty
  const path =
    issue.instancePath + (child === undefined ? '' : `/${child.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  const pointer = place === 'body' ? path : `#/${placeNames[place] ?? place}${path}`
  return {
    pointer,
    code: issue.keyword === 'additionalProperties' ? 'unknown_field' : issue.keyword,
    message: messageOf(issue, child, allowedValues),
    ...(allowedValues === undefined ? {} : { allowed: allowedValues }),
  }
}

/** `count`: how many there are when `errors` are only the first of them. */
export function invalid(errors: FieldError[], count = errors.length): AppError {
  const first = errors[0]
  const text = count === 1 && first !== undefined ? first.message : `The request has ${count} errors.`
  return new AppError('INVALID_PARAMS', text, { errors })
}

const placeNames: Record<string, string> = { querystring: 'query', params: 'path', headers: 'headers' }

/** A sentence that can stand alone, as the `detail` of a problem and on an operator's screen. */
function messageOf(
  issue: Issue,
  child: string | undefined,
  allowed: readonly (string | number | boolean)[] | undefined,
): string {
  if (issue.keyword === 'additionalProperties') {
    const known = fieldsOf(issue)
    const meant = closestName(child ?? '', known)
    // Only the body of a create has both fields.
    const advice = known.includes('model') && known.includes('input') ? adviceOnFalName(child ?? '') : null
    const rest = advice ?? (meant === null ? null : `Did you mean "${meant}"?`)
    return rest === null ? `Unknown field "${child ?? ''}".` : `Unknown field "${child ?? ''}". ${rest}`
  }
  if (issue.keyword === 'required') return `The field "${child ?? ''}" is missing.`
  const subject = issue.instancePath === '' ? 'The value' : `"${issue.instancePath.slice(1)}"`
  if (allowed !== undefined) return `${subject} must be one of ${allowed.join(', ')}.`
  const { type } = issue.params
  const wanted = typeof type === 'string' ? typeNames[type] : undefined
  if (issue.keyword === 'type' && wanted !== undefined) return `${subject} must be ${wanted}.`
  return `${subject} ${issue.message ?? 'is not valid'}.`
}

/** The fields that the object accepts. */
function fieldsOf(issue: Issue): string[] {
  const parent: unknown = 'parentSchema' in issue ? issue.parentSchema : null
  if (typeof parent !== 'object' || parent === null || !('properties' in parent)) return []
  const { properties } = parent
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
}

const typeNames: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? url
