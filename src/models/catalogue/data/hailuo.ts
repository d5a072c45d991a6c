/** Catalogue data: MiniMax's Hailuo video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const aboutDuration = 'duration "6" or "10"; no aspect_ratio, seed, negative_prompt or fps.'

const standard: ModelEntry = {
  alias: 'hailuo-02-standard',
  synonyms: ['hailuo-02-i2v'],
  endpointId: 'fal-ai/minimax/hailuo-02/standard/image-to-video',
  title: 'MiniMax Hailuo 02 Standard (image to video)',
  family: 'minimax',
  kind: 'video',
  task: 'image-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', maxLength: 2000, required: true, param: 'prompt' },
    {
      field: 'duration',
      type: 'string',
      allowed: ['6', '10'],
      default: '6',
      param: 'durationSeconds',
      encoding: 'seconds-text',
    },
    {
      field: 'resolution',
      type: 'string',
      allowed: ['512P', '768P'],
      default: '768P',
      param: 'resolution',
    },
    { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
    { field: 'prompt_optimizer', type: 'boolean', default: true },
    { field: 'end_image_url', type: 'string', media: 'image', nullable: true },
  ],
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: [],
  },
  price: {
    unit: 'second',
    rates: [
      { when: { resolution: '512P' }, micros: 17_000 },
      { when: { resolution: '768P' }, micros: 45_000 },
    ],
    quantity: { by: 'seconds', field: 'duration' },
    confidence: 'high',
    asOf: null,
  },
  notes: [aboutDuration, 'resolution values have a capital P: "512P", "768P".'],
  asOf: '2026-05-12',
}

export const hailuoModels: readonly ModelEntry[] = [
  {
    alias: 'hailuo-02',
    synonyms: ['hailuo-02-standard-t2v', 'minimax-hailuo-02'],
    endpointId: 'fal-ai/minimax/hailuo-02/standard/text-to-video',
    title: 'MiniMax Hailuo 02 Standard (text to video)',
    family: 'minimax',
    kind: 'video',
    task: 'text-to-video',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', minLength: 1, maxLength: 2000, required: true, param: 'prompt' },
      {
        field: 'duration',
        type: 'string',
        allowed: ['6', '10'],
        default: '6',
        param: 'durationSeconds',
        encoding: 'seconds-text',
      },
      { field: 'prompt_optimizer', type: 'boolean', default: true },
    ],
    output: {
      urlPath: 'video.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'url'],
      otherFields: [],
    },
    price: {
      unit: 'second',
      rates: [{ micros: 45_000 }],
      quantity: { by: 'seconds', field: 'duration' },
      confidence: 'medium',
      asOf: null,
      note: 'The official sentence (0.045 at 768P) was read on the image-to-video page.',
    },
    notes: [aboutDuration, 'Fixed 768p.'],
    asOf: '2026-05-12',
  },
  standard,
  {
    ...standard,
    alias: 'hailuo-02-pro',
    synonyms: [],
    endpointId: 'fal-ai/minimax/hailuo-02/pro/image-to-video',
    title: 'MiniMax Hailuo 02 Pro (image to video)',
    parameters: siblingParameters(standard.parameters, {
      without: ['duration', 'resolution'],
    }),
    price: {
      ...standard.price,
      rates: [{ micros: 80_000 }],
      quantity: { by: 'fixedSeconds', seconds: 6 },
      apiBase: { unit: 'seconds', micros: 80_000 },
      asOf: '2026-07-28',
    },
    notes: ['No duration and no resolution field: always 6 s at 1080p.'],
  },
]
