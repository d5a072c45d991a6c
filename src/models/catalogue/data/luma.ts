/** Catalogue data: Luma's Ray video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const ray2: ModelEntry = {
  alias: 'luma-ray-2',
  synonyms: ['luma-ray2', 'ray-2', 'luma-dream'],
  endpointId: 'fal-ai/luma-dream-machine/ray-2',
  title: 'Luma Ray 2',
  family: 'luma',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', minLength: 3, maxLength: 5000, required: true, param: 'prompt' },
    {
      field: 'aspect_ratio',
      type: 'string',
      allowed: ['16:9', '9:16', '4:3', '3:4', '21:9', '9:21'],
      default: '16:9',
      param: 'aspectRatio',
    },
    {
      field: 'duration',
      type: 'string',
      allowed: ['5s', '9s'],
      default: '5s',
      param: 'durationSeconds',
      encoding: 'seconds+s',
    },
    {
      field: 'resolution',
      type: 'string',
      allowed: ['540p', '720p', '1080p'],
      default: '540p',
      param: 'resolution',
    },
    { field: 'loop', type: 'boolean', default: false },
  ],
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: [],
  },
  price: {
    unit: 'video',
    rates: [{ micros: 500_000 }],
    factors: [
      { when: { resolution: '720p' }, factor: 2 },
      { when: { resolution: '1080p' }, factor: 4 },
      { when: { duration: '9s' }, factor: 2 },
    ],
    quantity: { by: 'request' },
    apiBase: { unit: '5 seconds', micros: 500_000 },
    confidence: 'high',
    asOf: '2026-07-28',
    note: '0.5 per 5 s block at 540p. Multipliers come from the schema texts (720p x2, 1080p x4, 9 s x2).',
  },
  notes: [
    'duration "5s" or "9s". No negative_prompt, seed, cfg or fps. The synonym luma-dream does not mean the older fal-ai/luma-dream-machine (v1.5).',
  ],
  asOf: '2026-05-12',
}

export const lumaModels: readonly ModelEntry[] = [
  ray2,
  {
    ...ray2,
    alias: 'luma-ray-2-i2v',
    synonyms: ['luma-ray2-i2v'],
    endpointId: 'fal-ai/luma-dream-machine/ray-2/image-to-video',
    title: 'Luma Ray 2 (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(ray2.parameters, {
      before: {
        loop: [
          { field: 'image_url', type: 'string', media: 'image', nullable: true, param: 'inputImageUrl' },
          { field: 'end_image_url', type: 'string', media: 'image', nullable: true },
        ],
      },
    }),
    notes: [
      'image_url and end_image_url are both optional in the schema; at least one is needed in practice (unverified).',
    ],
  },
]
