/** The head of the OpenAPI document and how its parts are named; the rest comes from the routes themselves. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { problemExamples } from '../schemas/data/problem-examples.ts'
import { jobCallback } from './job-callback.ts'

type OpenApiInfo = NonNullable<FastifyDynamicSwaggerOptions['openapi']>

/** `prefix`: the path under which a proxy shows the service; '' for none. */
export const openApiUnder = (prefix: string): OpenApiInfo => ({
  ...openApiInfo,
  servers: [{ url: prefix === '' ? '/' : prefix, description: 'This service.' }],
})

const openApiInfo: OpenApiInfo = {
  openapi: '3.1.0',
  info: {
    title: 'fal-jobs',
    version: '1',
    description: [
      'Durable jobs in front of fal.ai: one POST that never pays twice, one GET, nothing lost.',
      'Send your API key as `Authorization: Bearer <key>`. JSON is camelCase, times are RFC 3339 in UTC, money is whole micro-USD (`…Micros`), ids carry a prefix (`job_`, `evt_`, `key_`, `cb_`). Lists answer `{data, nextCursor, hasMore}`.',
      'Every refusal is `application/problem+json` (RFC 9457): branch on `code`, fix what `errors` point to, try again when `retryable` says so, and quote `requestId`, which is in the `x-request-id` header of every answer. `type` leads to the explanation of the code, under `/docs/errors`.',
      'Answers are open: a later minor version may add fields, and words to lists such as codes and event types. Ignore what you do not know; a job has the five statuses named here.',
      "FAL's own client can run on this service unchanged through `/api/fal/proxy`.",
    ].join('\n\n'),
    license: { name: 'MIT', identifier: 'MIT' },
  },
  tags: [
    { name: 'jobs', description: 'Generations: create, watch, cancel.' },
    { name: 'models', description: 'The catalogue: limits, prices, schemas.' },
    { name: 'credits', description: 'Balances, statements, grants.' },
    { name: 'callbacks', description: 'Callbacks to your receivers, and the secret that signs them.' },
    {
      name: 'shelf',
      description: 'The dead-letter list: copies and callbacks that were given up, and their requeueing.',
    },
    { name: 'keys', description: 'API keys, for administrators.' },
    { name: 'operations', description: 'Health and metrics.' },
  ],
  components: {
    securitySchemes: {
      apiKey: {
        type: 'http',
        scheme: 'bearer',
        description: 'An API key of this service; to read one job, also a job token.',
      },
    },
    // Declared here for its position; the plugin fills it from the shared schemas.
    schemas: {},
    examples: problemExamples,
    headers: {
      RetryAfter: { description: 'Seconds until a retry is worthwhile.', schema: { type: 'integer' } },
      RateLimit: {
        description: 'Remaining quota of this key, as of draft-ietf-httpapi-ratelimit-headers.',
        schema: { type: 'string' },
      },
      RateLimitPolicy: { description: 'Quota and window of this key.', schema: { type: 'string' } },
    },
  },
  webhooks: { jobCallback },
  security: [{ apiKey: [] }],
}

/** Shared schemas keep their `$id` as name in `components.schemas`. */
export const refResolver: NonNullable<FastifyDynamicSwaggerOptions['refResolver']> = {
  buildLocalReference: (json, _baseUri, _fragment, index) =>
    typeof json.$id === 'string' ? json.$id : `def-${index}`,
}
