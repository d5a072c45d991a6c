/**
 * Documents in the shape that FAL publishes, written for these tests: each shows constructs that FAL uses on some endpoint.
 */

export interface OwnDocument {
  endpointId: string
  input: Record<string, unknown>
  schemas?: Record<string, unknown>
  output?: Record<string, unknown>
  category?: string
}

/** The whole document around an input. */
export function openapiOf({ endpointId, input, schemas = {}, output, category }: OwnDocument) {
  const json = (schema: unknown) => ({ content: { 'application/json': { schema } } })
  const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  return {
    openapi: '3.0.4',
    info: {
      title: `Queue OpenAPI for ${endpointId}`,
      version: '1.0.0',
      'x-fal-metadata': { endpointId, category: category ?? 'text-to-image' },
    },
    components: {
      schemas: {
        QueueStatus: { type: 'object', properties: { status: { type: 'string' } } },
        OwnInput: input,
        OwnOutput: output ?? imagesOutput,
        Picture: file,
        ...schemas,
      },
    },
    paths: {
      [`/${endpointId}/requests/{request_id}/status`]: {
        get: { responses: { 200: json(reference('QueueStatus')) } },
      },
      [`/${endpointId}`]: {
        post: {
          requestBody: { required: true, ...json(reference('OwnInput')) },
          responses: { 200: json(reference('QueueStatus')) },
        },
      },
      [`/${endpointId}/requests/{request_id}`]: { get: { responses: { 200: json(reference('OwnOutput')) } } },
    },
    servers: [{ url: 'https://queue.fal.run' }],
  }
}

const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })
const file = {
  type: 'object',
  properties: { url: { type: 'string' }, content_type: nullable({ type: 'string' }) },
  required: ['url'],
}
const imagesOutput = {
  type: 'object',
  properties: {
    images: { type: 'array', items: { $ref: '#/components/schemas/Picture' } },
    description: { type: 'string' },
  },
  required: ['images', 'description'],
}
const videoOutput = {
  type: 'object',
  properties: {
    video: { $ref: '#/components/schemas/Picture', description: 'The clip.' },
    seed: { type: 'integer' },
  },
  required: ['video', 'seed'],
}
const sizeObject = {
  type: 'object',
  properties: {
    width: { type: 'integer', exclusiveMinimum: 0, maximum: 14142, default: 512 },
    height: { type: 'integer', exclusiveMinimum: 0, maximum: 14142, default: 512 },
  },
}
const presets = { type: 'string', enum: ['square_hd', 'square', 'landscape_16_9', 'auto_3K'] }

export const ownDocuments: readonly OwnDocument[] = [
  {
    endpointId: 'studio/painter/v9',
    input: {
      type: 'object',
      properties: {
        sync_mode: { type: 'boolean', default: false },
        prompt: { type: 'string', minLength: 3, maxLength: 60, description: 'What to paint.' },
        seed: nullable({ type: 'integer', minimum: 0, maximum: 4_294_967_295 }),
        image_size: {
          anyOf: [{ $ref: '#/components/schemas/Size' }, presets],
          default: 'landscape_16_9',
          'x-fal': {
            min_width: 256,
            max_width: 2048,
            min_height: 256,
            max_height: 2048,
            multiple_of: 32,
            max_area: 3_000_000,
          },
        },
        tolerance: { type: 'string', enum: ['1', '2', '3'], default: '2' },
        strength: { type: 'number', minimum: 0.01, maximum: 1, multipleOf: 0.01, default: 0.5 },
        noise: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 2 },
        pitch: { type: 'integer', minimum: -12, maximum: 12, default: 0 },
        n: { type: 'integer', minimum: 1, maximum: 4, default: 1 },
        steps: { type: 'integer', minimum: 4, maximum: 64, multipleOf: 4 },
      },
      'x-fal-order-properties': ['prompt', 'image_size', 'n'],
      required: ['prompt'],
    },
    schemas: { Size: sizeObject },
  },
  {
    endpointId: 'studio/clip/mixed',
    category: 'text-to-video',
    input: {
      type: 'object',
      properties: {
        prompt: nullable({ type: 'string', maxLength: 500 }),
        duration: { enum: ['auto', 4, 8, 12.5], default: 'auto' },
        fps: { type: 'integer', enum: [24, 30], default: 24 },
        aspect_ratio: { ...nullable({ type: 'string', pattern: '^[1-9][0-9]?:[1-9][0-9]?$' }) },
        generate_audio: { type: 'boolean', default: true },
        loop: { const: false, default: false },
        mood: { ...nullable({ type: 'string' }), default: 'calm', examples: ['calm', 'wild', 'eerie'] },
        quality: { enum: [1, 2, 3] },
        scenes: nullable({
          type: 'array',
          items: { $ref: '#/components/schemas/2ndScene' },
          minItems: 1,
          maxItems: 3,
        }),
      },
    },
    schemas: {
      '2ndScene': {
        type: 'object',
        properties: {
          prompt: { type: 'string' },
          seconds: { type: 'string', enum: ['1', '2', '3'], default: '1' },
          tint: {
            $ref: '#/components/schemas/Colour',
            default: { r: 0, g: 0, b: 0 },
            description: 'Of the scene.',
          },
        },
        required: ['prompt'],
      },
      Colour: {
        type: 'object',
        properties: Object.fromEntries(
          ['r', 'g', 'b'].map((name) => [name, { type: 'integer', minimum: 0, maximum: 255, default: 0 }]),
        ),
      },
    },
    output: videoOutput,
  },
  {
    endpointId: 'studio/clip/from-image',
    category: 'image-to-video',
    input: {
      type: 'object',
      properties: {
        prompt: { type: 'string', minLength: 1 },
        start_image_url: { type: 'string', minLength: 1, maxLength: 2083 },
        end_image_url: nullable({ type: 'string' }),
        duration: {
          anyOf: [{ type: 'integer', minimum: 5, maximum: 20 }, { const: 'auto' }],
          default: 'auto',
        },
        resolution: { type: 'string', const: '720p', default: '720p' },
        points: nullable({
          type: 'array',
          prefixItems: [{ type: 'integer' }, { type: 'string', enum: ['x'] }],
          items: false,
        }),
        boxes: nullable({
          type: 'array',
          items: nullable({ type: 'array', items: { type: 'integer' }, minItems: 4, maxItems: 4 }),
        }),
        weights: { type: 'object', additionalProperties: { type: 'number', minimum: 0, maximum: 2 } },
        closed: { type: 'object', properties: { a: { type: 'boolean' } }, additionalProperties: false },
        options: nullable({ $ref: '#/components/schemas/Options' }),
        voice: { $ref: '#/components/schemas/Voice', default: 'Ada' },
        legacy: { type: ['string', 'null'], deprecated: true },
        level: { type: 'integer', nullable: true },
        reply: { allOf: [{ $ref: '#/components/schemas/Text' }], maxLength: 10 },
        either: {
          anyOf: [{ type: 'boolean' }, { type: 'string', enum: ['soft', 'hard'] }, { type: 'null' }],
        },
        anything: { description: 'FAL says no more.' },
      },
      required: ['prompt', 'start_image_url'],
    },
    schemas: {
      Options: {
        type: 'object',
        properties: {
          temperature: nullable({ type: 'number', minimum: 0, maximum: 1 }),
          mode: nullable({ type: 'string', enum: ['fast', 'careful'] }),
        },
      },
      Voice: { type: 'string', enum: ['Ada', 'Grace'] },
      Text: { type: 'string', minLength: 2, maxLength: 100 },
    },
    output: videoOutput,
  },
  {
    endpointId: 'studio/editor',
    category: 'image-to-image',
    input: {
      type: 'object',
      properties: {
        prompt: { type: 'string' },
        image_urls: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 4 },
        style: { type: 'string' },
        canvas: { $ref: '#/components/schemas/Size' },
        num_images: { type: 'integer', minimum: 1, maximum: 4, default: 1 },
        threshold: { type: 'number', minimum: 0.5, exclusiveMinimum: true },
      },
      required: ['prompt', 'image_urls', 'canvas'],
      additionalProperties: true,
    },
    schemas: { Size: { ...sizeObject, required: ['width', 'height'] } },
  },
  {
    endpointId: 'studio/speaker',
    category: 'text-to-speech',
    input: {
      type: 'object',
      properties: {
        text: { type: 'string', minLength: 1, maxLength: 300 },
        voice: { type: 'string', examples: ['Ada', 'Grace'], default: 'Ada' },
        speed: { type: 'number', minimum: 0.7, maximum: 1.2, default: 1 },
        code: nullable({ type: 'string', pattern: '^(a+)+$' }),
        tags: { type: 'array', items: { type: 'string' }, default: [] },
        greeting: { type: 'string', default: '' },
      },
      required: ['text'],
    },
    output: {
      type: 'object',
      properties: {
        audio: { $ref: '#/components/schemas/Picture' },
        timestamps: { type: 'array', items: {} },
      },
      required: ['audio'],
    },
  },
  {
    endpointId: 'studio/frames',
    category: 'text-to-video',
    input: {
      type: 'object',
      properties: {
        prompt: { type: 'string' },
        num_frames: { type: 'integer', minimum: 17, maximum: 161, default: 81 },
        frames_per_second: { ...nullable({ type: 'integer', minimum: 4, maximum: 60 }), default: 16 },
        video_size: {
          anyOf: [
            { type: 'string', enum: ['square', 'landscape_16_9'] },
            { $ref: '#/components/schemas/Size' },
          ],
        },
      },
      required: ['prompt'],
    },
    schemas: { Size: sizeObject },
    output: videoOutput,
  },
]
