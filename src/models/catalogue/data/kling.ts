/** Catalogue data: Kling video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const v25Pro: ModelEntry = {
  alias: 'kling-v2-5-pro',
  synonyms: ['kling-2.5-pro', 'kling-pro-t2v'],
  endpointId: 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video',
  title: 'Kling 2.5 Turbo Pro (text to video)',
  family: 'kling',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', maxLength: 2500, required: true, param: 'prompt' },
    {
      field: 'negative_prompt',
      type: 'string',
      maxLength: 2500,
      default: 'blur, distort, and low quality',
      param: 'negativePrompt',
    },
    {
      field: 'aspect_ratio',
      type: 'string',
      allowed: ['16:9', '9:16', '1:1'],
      default: '16:9',
      param: 'aspectRatio',
    },
    {
      field: 'duration',
      type: 'string',
      allowed: ['5', '10'],
      default: '5',
      param: 'durationSeconds',
      encoding: 'seconds-text',
    },
    { field: 'cfg_scale', type: 'number', min: 0, max: 1, default: 0.5, param: 'guidanceScale' },
  ],
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: [],
  },
  price: {
    unit: 'second',
    rates: [{ micros: 70_000 }],
    quantity: { by: 'seconds', field: 'duration' },
    confidence: 'high',
    asOf: null,
    note: 'Stated as $0.35 for 5 s, then $0.07 per further second.',
  },
  notes: ['duration "5" or "10" only. No seed, no resolution field.'],
  asOf: '2026-05-12',
}

export const klingModels: readonly ModelEntry[] = [
  {
    ...v25Pro,
    alias: 'kling-v2-1-master',
    synonyms: ['kling-2.1-master', 'kling-master'],
    endpointId: 'fal-ai/kling-video/v2.1/master/text-to-video',
    title: 'Kling 2.1 Master',
    price: {
      ...v25Pro.price,
      rates: [{ micros: 280_000 }],
      apiBase: { unit: 'seconds', micros: 280_000 },
      asOf: '2026-07-28',
      note: 'Stated as $1.40 for 5 s, then $0.28 per further second.',
    },
    notes: [
      'duration is a string without unit: "5" or "10" only. cfg_scale runs 0 to 1 (default 0.5), not 1 to 20. No seed, no resolution field.',
    ],
  },
  v25Pro,
  {
    ...v25Pro,
    alias: 'kling-v2-5-pro-i2v',
    synonyms: ['kling-2.5-pro-i2v', 'kling-pro'],
    endpointId: 'fal-ai/kling-video/v2.5-turbo/pro/image-to-video',
    title: 'Kling 2.5 Turbo Pro (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(v25Pro.parameters, {
      without: ['aspect_ratio'],
      added: [
        { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        { field: 'tail_image_url', type: 'string', media: 'image', nullable: true },
      ],
    }),
    price: {
      unit: 'second',
      rates: [{ micros: 70_000 }],
      quantity: { by: 'seconds', field: 'duration' },
      confidence: 'high',
      asOf: null,
    },
    notes: ['No aspect_ratio: the ratio follows the image. tail_image_url is an optional last frame.'],
  },
]
