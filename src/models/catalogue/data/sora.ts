/** Catalogue data: OpenAI's Sora video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const aboutDuration = 'duration is an integer: 4, 8, 12, 16, 20.'
const aboutDeleteVideo =
  'delete_video defaults to true: the provider copy is destroyed (no later remix). Output has also video_id, thumbnail.url and spritesheet.url.'
const aboutRetirement = 'Gone from the 2026-08 client types, still priced in 2026-07: may be retired.'

const sora2: ModelEntry = {
  alias: 'sora-2',
  synonyms: ['sora2'],
  endpointId: 'fal-ai/sora-2/text-to-video',
  title: 'Sora 2 (text to video)',
  family: 'sora',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', minLength: 1, maxLength: 5000, required: true, param: 'prompt' },
    {
      field: 'aspect_ratio',
      type: 'string',
      allowed: ['9:16', '16:9'],
      default: '16:9',
      param: 'aspectRatio',
    },
    {
      field: 'duration',
      type: 'integer',
      allowed: [4, 8, 12, 16, 20],
      default: 4,
      param: 'durationSeconds',
    },
    { field: 'resolution', type: 'string', allowed: ['720p'], default: '720p', param: 'resolution' },
    { field: 'delete_video', type: 'boolean', default: true },
    {
      field: 'model',
      type: 'string',
      allowed: ['sora-2', 'sora-2-2025-12-08', 'sora-2-2025-10-06'],
      default: 'sora-2',
    },
    { field: 'detect_and_block_ip', type: 'boolean', default: false },
    { field: 'character_ids', type: 'array', items: { type: 'string' }, maxItems: 2, nullable: true },
  ],
  output: {
    urlPath: 'video.url',
    fileFields: [
      'content_type',
      'duration',
      'file_name',
      'file_size',
      'fps',
      'height',
      'num_frames',
      'url',
      'width',
    ],
    otherFields: ['video_id'],
    extraMediaPaths: ['spritesheet.url', 'thumbnail.url'],
  },
  price: {
    unit: 'second',
    rates: [{ micros: 100_000 }],
    quantity: { by: 'seconds', field: 'duration' },
    apiBase: { unit: 'seconds', micros: 100_000 },
    confidence: 'high',
    asOf: '2026-07-28',
    note: 'Pro endpoint fal-ai/sora-2/text-to-video/pro: 0.30 at 720p, 0.50 at 1080p, true_1080p unknown (the API shows 0.1 as its bare unit).',
  },
  notes: [aboutDuration, aboutDeleteVideo, aboutRetirement, 'resolution is the single value 720p.'],
  asOf: '2026-05-12',
}

export const soraModels: readonly ModelEntry[] = [
  sora2,
  {
    ...sora2,
    alias: 'sora-2-i2v',
    synonyms: ['sora2-i2v'],
    endpointId: 'fal-ai/sora-2/image-to-video',
    title: 'Sora 2 (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(sora2.parameters, {
      changed: [
        {
          field: 'aspect_ratio',
          type: 'string',
          allowed: ['auto', '9:16', '16:9'],
          default: 'auto',
          param: 'aspectRatio',
        },
        {
          field: 'resolution',
          type: 'string',
          allowed: ['auto', '720p'],
          default: 'auto',
          param: 'resolution',
        },
      ],
      before: {
        delete_video: [
          { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        ],
      },
    }),
    price: {
      unit: 'second',
      rates: [{ micros: 100_000 }],
      quantity: { by: 'seconds', field: 'duration' },
      apiBase: { unit: 'seconds', micros: 100_000 },
      confidence: 'high',
      asOf: '2026-07-28',
    },
    notes: [aboutDuration, aboutDeleteVideo, aboutRetirement],
  },
]
