/** The catalogue: computed once per process and served with an ETag, so that revalidation is cheap. */
import etag from '@fastify/etag'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AppError } from '../../domain/errors.ts'
import { mediaKinds } from '../../domain/job.ts'
import { catalogue, findModel, type ModelEntry } from '../../models/catalogue.ts'
import { describeModel, type ModelSummary, summarizeModel } from '../../models/describe.ts'
import { needs } from '../plugins/auth.ts'
import { oneOf, pageLimit, pageOf, paging } from '../schemas/basic-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'

const tags = ['models']
const cacheControl = 'private, max-age=300'
const etagHeader = { etag: { type: 'string', description: 'Send it as `If-None-Match`.' } }

export const modelRoutes: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(etag)
  const summaries = memo(() => catalogue.map(summarizeModel))
  const descriptions = new Map<string, ReturnType<typeof shownModel>>()

  app.get(
    '/api/models',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'listModels',
        summary: 'The models of the catalogue',
        description: 'Any other FAL endpoint can be used by its id; its limits and price are not known.',
        tags,
        querystring: Type.Object(
          {
            kind: Type.Optional(oneOf(mediaKinds, { description: 'What it makes.' })),
            task: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 100,
                description: 'What it makes from what, e.g. `text-to-image`.',
                examples: ['text-to-video'],
              }),
            ),
            ...paging,
            limit: pageLimit(100),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf('ModelSummary', 'A page of models.'), ...problems(401, 403, 422, 429) },
      },
    },
    async (request, reply) => {
      const { kind, task, limit, cursor } = request.query
      const wanted = summaries().filter(
        (model) => (kind === undefined || model.kind === kind) && (task === undefined || model.task === task),
      )
      reply.header('cache-control', cacheControl)
      return pageOfModels(wanted, limit ?? 100, cursor)
    },
  )

  app.get(
    '/api/models/:alias',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'getModel',
        summary: 'One model: limits, price rule, JSON Schema and example',
        tags,
        params: Type.Object({
          alias: Type.String({
            maxLength: 200,
            description: 'Alias, synonym or URL-encoded FAL endpoint id.',
          }),
        }),
        response: {
          200: {
            description: 'The model.',
            headers: etagHeader,
            content: { 'application/json': { schema: Type.Unsafe<object>({ $ref: 'Model#' }) } },
          },
          ...problems(401, 403, 404, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const entry = findModel(request.params.alias)
      if (entry === undefined) throw new AppError('NOT_FOUND', 'The catalogue has no such model.')
      const known = descriptions.get(entry.alias) ?? shownModel(entry)
      descriptions.set(entry.alias, known)
      return reply.header('cache-control', cacheControl).send(known)
    },
  )
}

/** The example as a create takes it: params flat beside the model. */
function shownModel(entry: ModelEntry) {
  const { example, ...description } = describeModel(entry)
  const { model, params, input } = example
  return { ...description, example: { model, ...params, ...(input === undefined ? {} : { input }) } }
}

/** The cursor is the alias of the last model shown: it stays good while others are added. */
function pageOfModels(models: readonly ModelSummary[], limit: number, cursor: string | undefined) {
  const after = cursor === undefined ? -1 : models.findIndex((model) => model.alias === cursor)
  if (cursor !== undefined && after === -1) {
    throw new AppError('INVALID_PARAMS', 'The cursor is not one that this service gave.', {
      errors: [
        { pointer: '#/query/cursor', message: 'Use nextCursor of the page before.', code: 'invalid_cursor' },
      ],
    })
  }
  const data = models.slice(after + 1, after + 1 + limit)
  const hasMore = after + 1 + limit < models.length
  return { data, nextCursor: hasMore ? (data.at(-1)?.alias ?? null) : null, hasMore }
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
