/**
 * Completes the OpenAPI document with what route schemas cannot express. The plugin that writes the document drops
 * what stands beside a `$ref` in a body, and wraps a response's header into a schema: so the examples of a create and
 * the references to the shared headers of refusals are added here.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { createExamples } from '../schemas/data/job-examples.ts'

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>
type Node = Record<string, unknown>

export const completeDocument: Transform = (built) => {
  if (!('openapiObject' in built)) return built.swaggerObject
  const completed: Node = {
    ...built.openapiObject,
    paths: mapped(built.openapiObject.paths, (item) => mapped(item, completeOperation)),
  }
  return completed
}

function completeOperation(value: unknown): Node {
  const operation = nodeOf(value)
  const { operationId, requestBody, responses } = operation
  return {
    ...operation,
    ...(operationId === 'createJob' ? { requestBody: withBodyExamples(nodeOf(requestBody)) } : {}),
    responses: mapped(responses, withHeaders),
  }
}

const withBodyExamples = (body: Node): Node => ({
  ...body,
  content: mapped(body.content, (media) => ({ ...nodeOf(media), examples: createExamples })),
})

const reference = (header: string) => ({ $ref: `#/components/headers/${header}` })
const headersOf: Record<string, Node> = {
  429: {
    'Retry-After': reference('RetryAfter'),
    RateLimit: reference('RateLimit'),
    'RateLimit-Policy': reference('RateLimitPolicy'),
  },
  503: { 'Retry-After': reference('RetryAfter') },
}

/** Only refusals have them: `/readyz` answers 503 as well. */
function withHeaders(response: unknown, status: string): unknown {
  const { content } = nodeOf(response)
  const headers = headersOf[status]
  const isRefusal = nodeOf(content)['application/problem+json'] !== undefined
  return headers === undefined || !isRefusal ? response : { ...nodeOf(response), headers }
}

const mapped = (node: unknown, change: (value: unknown, key: string) => unknown): Node =>
  Object.fromEntries(Object.entries(nodeOf(node)).map(([key, value]) => [key, change(value, key)]))

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nodeOf = (value: unknown): Node => (isNode(value) ? value : {})
