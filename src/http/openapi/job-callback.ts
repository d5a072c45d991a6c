/**
 * The webhook of the OpenAPI document: the callback request to a client's receiver. Fastify documents routes only, so
 * it is declared here.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { callbackTypes } from '../../domain/job.ts'
import { jobExample } from '../schemas/data/job-examples.ts'

type Document = Extract<NonNullable<FastifyDynamicSwaggerOptions['openapi']>, { webhooks?: object }>
type Webhook = NonNullable<Document['webhooks']>[string]

const callbackHeader = (name: string, description: string) => ({
  name,
  in: 'header' as const,
  required: true,
  description,
  schema: { type: 'string' as const },
})

/** What is POSTed to `callbackUrl`, by Standard Webhooks. */
export const jobCallback: Webhook = {
  post: {
    operationId: 'jobCallback',
    summary: 'A job got on',
    description:
      'POSTed to the `callbackUrl` of a job, at least once and perhaps out of order, until the receiver answers 2xx. Signed as https://www.standardwebhooks.com says, with the secret of GET /api/callbacks/secret.',
    tags: ['callbacks'],
    security: [],
    parameters: [
      callbackHeader('webhook-id', 'The same in every attempt: use it to drop duplicates.'),
      callbackHeader('webhook-timestamp', 'Seconds since 1970; refuse what is minutes old.'),
      callbackHeader('webhook-signature', 'One `v1,…` for each valid secret, separated by blanks.'),
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['type', 'timestamp', 'data'],
            properties: {
              type: { type: 'string', enum: [...callbackTypes] },
              timestamp: { type: 'string', format: 'date-time', description: 'When it happened.' },
              data: { $ref: '#/components/schemas/Job' },
            },
          },
          example: { type: 'job.completed', timestamp: jobExample.completedAt, data: jobExample },
        },
      },
    },
    responses: {
      '2XX': { description: 'Received.' },
      410: { description: 'Gone: callbacks to this receiver stop.' },
    },
  },
}
