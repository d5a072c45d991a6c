/**
 * What the routes cannot say of themselves is added to the OpenAPI document here: examples, the headers of refusals, who
 * needs no key, what shared parameters mean, and the callbacks that clients receive.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { callbackTypes } from '../../domain/job.ts'
import { codesOfStatus, createExamples, eventExample, jobExample, problemExamples } from './data/examples.ts'

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>
type Node = Record<string, unknown>

export const polishDocument: Transform = (built) => {
  if (!('openapiObject' in built)) return built.swaggerObject
  const document: Node = { ...built.openapiObject }
  const paths = Object.entries(nodeOf(document.paths)).map(([path, item]) => [
    path,
    mapped(nodeOf(item), (operation) => polishOperation(path, nodeOf(operation))),
  ])
  const components = nodeOf(document.components)
  return {
    ...document,
    paths: Object.fromEntries(paths),
    webhooks: { jobCallback },
    components: {
      ...components,
      schemas: withExamples(nodeOf(components.schemas)),
      examples: problemExamples,
      headers,
    },
  }
}

/** Nobody asks these for a key. */
const open = ['/healthz', '/readyz', '/metrics']

function polishOperation(path: string, operation: Node): Node {
  const operationId = String(operation.operationId)
  const { parameters, requestBody } = operation
  return {
    ...operation,
    ...(open.includes(path) ? { security: [] } : {}),
    ...(Array.isArray(parameters)
      ? { parameters: parameters.map((parameter) => described(nodeOf(parameter))) }
      : {}),
    ...(operationId === 'createJob' ? { requestBody: withBodyExamples(nodeOf(requestBody)) } : {}),
    responses: Object.fromEntries(
      Object.entries(nodeOf(operation.responses)).map(([status, response]) => [
        status,
        withProblem(status, operationId, nodeOf(response)),
      ]),
    ),
  }
}

const meanings: Record<string, string> = {
  limit: 'Entries on a page.',
  cursor: '`nextCursor` of the page before.',
  kind: 'What it makes.',
  task: 'What it makes from what, e.g. `text-to-image`.',
  userId: "The client's own end user.",
  createdAfter: 'Only what was created after this time.',
  createdBefore: 'Only what was created before this time.',
  archiveStatus: 'Whether the files are safe.',
  jobId: 'Only those of this job.',
  clientId: 'Only those of this client.',
  status: 'Only those in this state.',
  'idempotency-key': 'The same key with the same request gives the same answer and does nothing twice.',
}

function described(parameter: Node): Node {
  const meaning = meanings[String(parameter.name)]
  return parameter.description === undefined && meaning !== undefined
    ? { ...parameter, description: meaning }
    : parameter
}

function withBodyExamples(body: Node): Node {
  return {
    ...body,
    content: mapped(nodeOf(body.content), (media) => ({ ...nodeOf(media), examples: createExamples })),
  }
}

const problemType = 'application/problem+json'

function withProblem(status: string, operationId: string, response: Node): Node {
  const content = nodeOf(response.content)
  if (content[problemType] === undefined) return response
  const examples = codesOfStatus(status, operationId).map((code) => [
    code,
    { $ref: `#/components/examples/${code}` },
  ])
  const told = headersOf[status]
  return {
    ...response,
    ...(told === undefined ? {} : { headers: told }),
    content: {
      ...content,
      [problemType]: { ...nodeOf(content[problemType]), examples: Object.fromEntries(examples) },
    },
  }
}

const headers = {
  RetryAfter: { description: 'Seconds until it is worth to come again.', schema: { type: 'integer' } },
  RateLimit: {
    description: 'What is left to this key, as of draft-ietf-httpapi-ratelimit-headers.',
    schema: { type: 'string' },
  },
  RateLimitPolicy: { description: 'Quota and window of this key.', schema: { type: 'string' } },
}

const retryAfter = { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }
const headersOf: Record<string, Node> = {
  429: {
    ...retryAfter,
    RateLimit: { $ref: '#/components/headers/RateLimit' },
    'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
  },
  503: retryAfter,
}

function withExamples(schemas: Node): Node {
  const examples: Record<string, unknown> = {
    Job: jobExample,
    JobEvent: eventExample,
    CreateJob: createExamples.image.value,
    Problem: problemExamples.INVALID_PARAMS?.value,
  }
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      examples[name] === undefined ? schema : { ...nodeOf(schema), examples: [examples[name]] },
    ]),
  )
}

const callbackHeader = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
})

/** What is POSTed to `callbackUrl`, by Standard Webhooks. */
const jobCallback = {
  post: {
    operationId: 'jobCallback',
    summary: 'A job got on',
    description:
      'POSTed to the `callbackUrl` of a job, at least once and perhaps out of order, until the receiver answers 2xx. Signed as https://www.standardwebhooks.com says, with the secret of GET /api/callbacks/secret.',
    tags: ['callbacks'],
    security: [],
    parameters: [
      callbackHeader('webhook-id', 'The same in every try: what was seen before can be left out.'),
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
              type: { type: 'string', enum: callbackTypes },
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
      410: { description: 'Never again: callbacks to this receiver stop.' },
    },
  },
}

function mapped(node: Node, change: (value: unknown) => unknown): Node {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value)]))
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nodeOf = (value: unknown): Node => (isNode(value) ? value : {})
