/**
 * Many creates in one call: each is validated and answered on its own, so that a bad item does not affect the others.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyError, FastifyRequest } from 'fastify'
import type { FieldError } from '../../domain/errors.ts'
import type { CreateBatch } from '../../jobs/create/create-batch.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { fieldError, invalid, problemBody, toAppError } from '../plugins/problems.ts'
import type { createBody } from '../schemas/create-job-body.ts'
import { aJob, idempotencyHeaders } from '../schemas/job-parameters.ts'
import { problems } from '../schemas/problem-schema.ts'

const mostItems = 100

const batchBody = Type.Object(
  {
    jobs: Type.Array(Type.Ref('CreateJob') as unknown as typeof createBody, {
      minItems: 1,
      maxItems: mostItems,
    }),
  },
  { additionalProperties: false },
)

const itemAnswer = Type.Object(
  {
    status: Type.Integer({ description: 'What the create alone would have answered, e.g. 202 or 422.' }),
    body: Type.Optional(aJob('The job, when it was accepted.')),
    problem: Type.Optional(Type.Unsafe<object>({ $ref: 'Problem#' })),
    replayed: Type.Optional(Type.Boolean({ description: 'The item was accepted by an earlier call.' })),
  },
  { additionalProperties: false },
)

export const jobBatchRoutes: FastifyPluginAsyncTypebox<{ createBatch: CreateBatch }> = async (
  app,
  { createBatch },
) => {
  app.post(
    '/api/jobs/batch',
    {
      preHandler: needs('jobs:write'),
      // Errors inside items are answered item by item.
      attachValidation: true,
      schema: {
        operationId: 'createJobs',
        summary: 'Create up to 100 jobs',
        description:
          'Each item is a create body and gets its own answer, in order. An `Idempotency-Key` counts for each place in the list: repeated, the accepted items are answered as before and the others are tried again.',
        tags: ['jobs'],
        headers: Type.Object(idempotencyHeaders),
        body: batchBody,
        response: {
          200: Type.Object(
            { data: Type.Array(itemAnswer) },
            { additionalProperties: false, description: 'An answer per item, in order.' },
          ),
          ...problems(400, 401, 403, 413, 415, 422, 429),
        },
      },
    },
    async (request) => {
      const faults = faultsByItem(request.validationError)
      const { jobs } = request.body as Static<typeof batchBody>
      const items = jobs.map((job, index) => {
        const errors = faults.get(index)
        return errors === undefined ? job : invalid(errors)
      })
      const key = request.headers['idempotency-key'] ?? null
      const results = await createBatch(clientOf(request), items, { idempotencyKey: key })
      return { data: results.map((result) => answerOf(result, request)) }
    },
  )
}

type BatchResult = Awaited<ReturnType<CreateBatch>>[number]

function answerOf(result: BatchResult, request: FastifyRequest) {
  if (result.type === 'failed') {
    const problem = problemBody(toAppError(result.error as FastifyError), request.id)
    if (problem.status >= 500) request.log.error({ err: result.error }, 'batch item failed')
    return { status: problem.status, problem }
  }
  const replayed = result.type === 'replayed' ? { replayed: true } : {}
  return { status: 202, body: JSON.parse(result.body) as object, ...replayed }
}

/** Pointers of an item begin at the item, as if it had come alone. @throws AppError when the list itself is at fault. */
function faultsByItem(error: FastifyRequest['validationError']): Map<number, FieldError[]> {
  const faults = new Map<number, FieldError[]>()
  if (error === undefined || error === null) return faults
  if (error.validationContext !== 'body') throw error
  for (const issue of error.validation ?? []) {
    const match = /^\/jobs\/(\d+)(\/.*)?$/.exec(issue.instancePath)
    if (match === null) throw error
    const index = Number(match[1])
    const fault = fieldError({ ...issue, instancePath: match[2] ?? '' }, 'body')
    faults.set(index, [...(faults.get(index) ?? []), fault])
  }
  return faults
}
