/**
 * Many creates in one call: each is validated and answered on its own, so that a bad item does not affect the others.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyError, FastifyRequest } from 'fastify'
import type { AppError } from '../../domain/errors.ts'
import type { CreateBatch } from '../../jobs/create/create-batch.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { invalidIssues, itemProblemBody, toAppError } from '../plugins/problems.ts'
import { type createBody, largeBody } from '../schemas/create-job-body.ts'
import { aJob, idempotencyHeaders } from '../schemas/job-parameters.ts'
import { problems } from '../schemas/problem-schema.ts'

const mostItems = 100

/** Of one item, as the items of the body. */
const itemSchema = { $ref: 'CreateJob#' }

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
      onRequest: needs('jobs:write'),
      bodyLimit: largeBody,
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
      const { validationError } = request
      if (validationError != null && !isInItem(validationError)) throw validationError
      const { jobs } = request.body as Static<typeof batchBody>
      // The check of a large body stops at its first error: then each item is checked alone.
      const items = validationError == null ? jobs : jobs.map((job) => faultOf(request, job) ?? job)
      const key = request.headers['idempotency-key'] ?? null
      const results = await createBatch(clientOf(request), items, { idempotencyKey: key })
      return { data: results.map((result) => answerOf(result, request)) }
    },
  )
}

type BatchResult = Awaited<ReturnType<CreateBatch>>[number]

function answerOf(result: BatchResult, request: FastifyRequest) {
  if (result.type === 'failed') {
    const problem = itemProblemBody(toAppError(result.error as FastifyError), request.id)
    if (problem.status >= 500) request.log.error({ err: result.error }, 'batch item failed')
    return { status: problem.status, problem }
  }
  const replayed = result.type === 'replayed' ? { replayed: true } : {}
  return { status: 202, body: JSON.parse(result.body) as object, ...replayed }
}

/** The refusal of one item, with pointers as if it had come alone; null when it is valid. */
function faultOf(request: FastifyRequest, job: unknown): AppError | null {
  const checked: unknown = request.compileValidationSchema(itemSchema, 'body')(job)
  return checked === true ? null : invalidIssues((checked as { error: Issues }).error, 'body')
}

type Issues = NonNullable<FastifyError['validation']>

/** Otherwise the list itself is at fault. */
const isInItem = ({
  validation,
  validationContext,
}: NonNullable<FastifyRequest['validationError']>): boolean =>
  validationContext === 'body' &&
  (validation ?? []).every(({ instancePath }: Issues[number]) => /^\/jobs\/\d+(\/|$)/.test(instancePath))
