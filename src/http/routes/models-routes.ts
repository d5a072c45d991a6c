/** Every known model: the catalogue and what FAL lists, with an ETag, so that revalidation is cheap. */
import etag from '@fastify/etag'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AppError } from '../../domain/errors.ts'
import type { ModelDirectory, ShownModel } from '../../jobs/models/model-directory.ts'
import { wrongCursor } from '../../ports/page.ts'
import { needs } from '../plugins/auth.ts'
import { oneOf, pageLimit, pageOf, paging } from '../schemas/basic-schemas.ts'
import { availabilities, modelKinds, modelSources } from '../schemas/model-schema.ts'
import { problems } from '../schemas/problem-schema.ts'

const tags = ['models']
const cacheControl = 'private, max-age=60'
const etagHeader = { etag: { type: 'string', description: 'Send it as `If-None-Match`.' } }

const filters = {
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Words that all occur in its names, title, family or task.',
      examples: ['kling v3'],
    }),
  ),
  kind: Type.Optional(oneOf(modelKinds, { description: 'What it makes.' })),
  task: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'What it makes from what, e.g. `text-to-image`.',
      examples: ['text-to-video'],
    }),
  ),
  source: Type.Optional(oneOf(modelSources, { description: '`catalogue`: with a price rule of its own.' })),
  availability: Type.Optional(oneOf(availabilities)),
}

export const modelRoutes: FastifyPluginAsyncTypebox<{ directory: ModelDirectory }> = async (
  app,
  { directory },
) => {
  await app.register(etag)

  app.get(
    '/api/models',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'listModels',
        summary: 'Every known model',
        description:
          'The catalogue first, then FAL’s other endpoints by their ids. Limits of the latter are known once they were used: see one model.',
        tags,
        querystring: Type.Object(
          { ...filters, ...paging, limit: pageLimit(100) },
          { additionalProperties: false },
        ),
        response: { 200: pageOf('ModelSummary', 'A page of models.'), ...problems(401, 403, 422, 429) },
      },
    },
    async (request, reply) => {
      const { limit = 100, cursor, ...filter } = request.query
      const page = await directory.list(filter, { after: cursor, limit })
      // The cursor is the alias of the last model shown: it stays valid while others are added.
      if (page === null) throw wrongCursor()
      const { models, hasMore } = page
      reply.header('cache-control', cacheControl)
      return { data: models, nextCursor: hasMore ? (models.at(-1)?.alias ?? null) : null, hasMore }
    },
  )

  app.get(
    '/api/models/:id',
    {
      onRequest: needs('jobs:read'),
      schema: {
        operationId: 'getModel',
        summary: 'One model: limits, price rule, JSON Schema and example',
        description: 'An endpoint that is not known yet is looked up at FAL, for two seconds at most.',
        tags,
        params: Type.Object({
          id: Type.String({
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
      const model = await directory.describe(request.params.id).catch((error: unknown) => {
        throw error instanceof AppError && error.code === 'UNKNOWN_MODEL' ? notFound(error) : error
      })
      return reply.header('cache-control', cacheControl).send(shownModel(model))
    },
  )
}

/** The example as a create takes it: params flat beside the model. */
function shownModel(shown: ShownModel) {
  const { example, schema, ...description } = shown
  const { model, params, input } = example
  const body = { model, ...params, ...(input === undefined ? {} : { input }) }
  return { ...description, params: schema, schema, example: body }
}

/** Names the near models, as the refusal of a create does. */
function notFound({ message, errors }: AppError): AppError {
  return new AppError('NOT_FOUND', message, {
    errors: errors.map((error) => ({ ...error, pointer: '#/path/id' })),
  })
}
