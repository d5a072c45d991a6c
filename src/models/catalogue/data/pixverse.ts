/** Catalogue data: PixVerse video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const v5: ModelEntry = {
  alias: 'pixverse-v5',
  synonyms: ['pixverse-5', 'pixverse'],
  endpointId: 'fal-ai/pixverse/v5/text-to-video',
  title: 'PixVerse v5 (text to video)',
  family: 'pixverse',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', required: true, param: 'prompt' },
    { field: 'negative_prompt', type: 'string', default: '', param: 'negativePrompt' },
    {
      field: 'aspect_ratio',
      type: 'string',
      allowed: ['16:9', '4:3', '1:1', '3:4', '9:16'],
      default: '16:9',
      param: 'aspectRatio',
    },
    {
      field: 'duration',
      type: 'string',
      allowed: ['5', '8'],
      default: '5',
      param: 'durationSeconds',
      encoding: 'seconds-text',
    },
    {
      field: 'resolution',
      type: 'string',
      allowed: ['360p', '540p', '720p', '1080p'],
      default: '720p',
      param: 'resolution',
    },
    { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    {
      field: 'style',
      type: 'string',
      allowed: ['anime', '3d_animation', 'clay', 'comic', 'cyberpunk'],
      nullable: true,
    },
  ],
  constraints: [{ when: { resolution: '1080p' }, field: 'duration', allowed: ['5'] }],
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: [],
  },
  price: {
    unit: 'video',
    rates: [
      { when: { resolution: '360p' }, micros: 150_000 },
      { when: { resolution: '540p' }, micros: 150_000 },
      { when: { resolution: '720p' }, micros: 200_000 },
      { when: { resolution: '1080p' }, micros: 400_000 },
    ],
    factors: [{ when: { duration: '8' }, factor: 2 }],
    quantity: { by: 'request' },
    apiBase: { unit: 'video segments', micros: 50_000 },
    confidence: 'medium',
    asOf: '2026-07-28',
    note: 'API: 0.05 per video segment; resolution prices not from FAL itself, the same as v5.5 without audio.',
  },
  notes: ['duration "5" or "8".'],
  asOf: '2026-05-12',
}

export const pixverseModels: readonly ModelEntry[] = [
  {
    ...v5,
    alias: 'pixverse-v4-5',
    synonyms: ['pixverse-4.5', 'pixverse-v4.5'],
    endpointId: 'fal-ai/pixverse/v4.5/text-to-video',
    title: 'PixVerse v4.5',
    price: {
      ...v5.price,
      note: 'API: 0.05 per video segment. The per-resolution sentence was read on the v3.5 pages (same 0.05 segment) and, doubled, on v4.5 fast; 8 s costs double (schema text).',
    },
  },
  v5,
  {
    ...v5,
    alias: 'pixverse-v5-i2v',
    synonyms: ['pixverse-5-i2v'],
    endpointId: 'fal-ai/pixverse/v5/image-to-video',
    title: 'PixVerse v5 (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(v5.parameters, {
      without: ['aspect_ratio'],
      before: {
        style: [
          { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        ],
      },
    }),
    price: {
      ...v5.price,
      note: 'As pixverse-v5.',
    },
    notes: ['No aspect_ratio.'],
  },
]
