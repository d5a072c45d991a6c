/** The OpenAPI 3.0.4 document of one model, as FAL publishes it: submit, status, result and cancel with its schemas. */

import type { Json, JsonObject } from '../base/json.ts'
import type { InputField, ModelEntry } from './data/model-entry.ts'

export function modelOpenapi(model: ModelEntry): JsonObject {
  const requestPath = `/${model.id}/requests/{request_id}`
  const refTo = (name: string) => jsonContent({ $ref: `#/components/schemas/${name}` })
  const answer = (name: string) => ({ responses: { '200': { description: 'OK', ...refTo(name) } } })
  const parameters = [{ name: 'request_id', in: 'path', required: true, schema: { type: 'string' } }]
  return {
    openapi: '3.0.4',
    info: {
      title: `Queue OpenAPI for ${model.id}`,
      version: '1.0.0',
      'x-fal-metadata': {
        endpointId: model.id,
        category: model.task,
        thumbnailUrl: 'https://fal.media/files/simulated.png',
        playgroundUrl: `https://fal.ai/models/${model.id}`,
        documentationUrl: `https://fal.ai/models/${model.id}/api`,
      },
    },
    servers: [{ url: 'https://queue.fal.run' }],
    paths: {
      [`/${model.id}`]: {
        post: { requestBody: { required: true, ...refTo('Input') }, ...answer('QueueStatus') },
      },
      [requestPath]: { get: { parameters, ...answer('Output') } },
      [`${requestPath}/status`]: { get: { parameters, ...answer('QueueStatus') } },
      [`${requestPath}/cancel`]: { put: { parameters, ...answer('CancelStatus') } },
    },
    components: {
      schemas: { Input: inputSchema(model.input), Output: outputSchema(model), ...sharedSchemas },
    },
  }
}

function jsonContent(schema: JsonObject): JsonObject {
  return { content: { 'application/json': { schema } } }
}

function inputSchema(fields: readonly InputField[]): JsonObject {
  const required = fields.filter((field) => field.required).map((field) => field.name)
  return {
    type: 'object',
    'x-fal-order-properties': fields.map((field) => field.name),
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)])),
  }
}

function fieldSchema(field: InputField): JsonObject {
  const shapes = field.type.map((type) => shapeOf(field, type))
  const [only] = shapes
  return {
    ...(shapes.length === 1 && only ? only : { anyOf: shapes }),
    ...given('default', field.default),
    ...given('nullable', field.nullable),
  }
}

function shapeOf(field: InputField, type: string): JsonObject {
  if (type === 'object') return { ...inputSchema(field.properties ?? []) }
  if (type === 'array') {
    const items = field.items ? fieldSchema(field.items) : {}
    return { type, items, ...given('minItems', field.minItems), ...given('maxItems', field.maxItems) }
  }
  return {
    type,
    ...given('enum', field.anyText ? undefined : field.options),
    ...given('minimum', field.above ?? field.min),
    ...given('exclusiveMinimum', field.above === undefined ? undefined : true),
    ...given('maximum', field.max),
    ...given('multipleOf', field.step),
    ...given('minLength', field.minLength),
    ...given('maxLength', field.maxLength),
  }
}

function given(name: string, value: Json | undefined): JsonObject {
  return value === undefined ? {} : { [name]: value }
}

function outputSchema({ output }: ModelEntry): JsonObject {
  const file = { $ref: '#/components/schemas/File' }
  const main = output.list ? { type: 'array', items: file } : file
  const others = [
    ...output.alsoFields.map((name) => [name, {}]),
    ...(output.alsoImages ?? []).map((name) => [name, file]),
  ]
  return {
    type: 'object',
    required: [output.field],
    properties: { [output.field]: main, ...Object.fromEntries(others) },
  }
}

const sharedSchemas: JsonObject = {
  File: {
    type: 'object',
    required: ['url'],
    properties: {
      url: { type: 'string' },
      content_type: { type: 'string', nullable: true },
      file_name: { type: 'string', nullable: true },
      file_size: { type: 'integer', nullable: true },
    },
  },
  QueueStatus: {
    type: 'object',
    required: ['status', 'request_id'],
    properties: {
      status: { type: 'string', enum: ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'] },
      request_id: { type: 'string' },
      response_url: { type: 'string' },
      status_url: { type: 'string' },
      cancel_url: { type: 'string' },
      logs: { type: 'object' },
      metrics: { type: 'object' },
      queue_position: { type: 'integer' },
    },
  },
  CancelStatus: { type: 'object', properties: { success: { type: 'boolean' } } },
}
