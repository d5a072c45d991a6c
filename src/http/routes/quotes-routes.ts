/** Quotes: dry runs of a create. Nothing is stored or sent to FAL. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { QuoteJob } from '../../jobs/create/quote-job.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { type createBody, largeBody } from '../schemas/create-job-body.ts'
import { createProblems } from '../schemas/problem-schema.ts'

export interface QuoteRoutesDeps {
  quoteJob: QuoteJob
}

export const quoteRoutes: FastifyPluginAsyncTypebox<QuoteRoutesDeps> = async (app, { quoteJob }) => {
  app.post(
    '/api/jobs/quote',
    {
      onRequest: needs('jobs:write'),
      bodyLimit: largeBody,
      schema: {
        operationId: 'quoteJob',
        summary: 'Quote a job',
        description:
          'A dry run of the create with the same body. A create that carries the `quoteId` within ten minutes is refused with `QUOTE_CHANGED` when its price or its input differ.',
        tags: ['jobs'],
        body: Type.Ref('CreateJob') as unknown as typeof createBody,
        response: {
          200: { $ref: 'Quote#', description: 'The quote.' },
          ...createProblems(400, 401, 403, 413, 415, 422, 429),
        },
      },
    },
    (request) => quoteJob(clientOf(request), request.body),
  )
}
