/** Catalogue data: Google's Veo video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const aboutDuration = 'duration is a string with an s: only "4s", "6s", "8s". Expect 422 for "5s" or 8.'
const aboutFields =
  'No cfg_scale, fps or enhance_prompt field any more; 1:1 was accepted in 2025 and has been dropped.'
const aboutRetirement =
  'Gone from the 2026-08 client types (present in 2026-04 and 2026-05): may be retired; fal-ai/veo3.1 is the successor with the same fields.'

const veo3: ModelEntry = {
  alias: 'veo3',
  synonyms: ['veo-3', 'veo3-t2v'],
  endpointId: 'fal-ai/veo3',
  title: 'Veo 3',
  family: 'veo',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', maxLength: 20_000, required: true, param: 'prompt' },
    { field: 'negative_prompt', type: 'string', nullable: true, param: 'negativePrompt' },
    {
      field: 'aspect_ratio',
      type: 'string',
      allowed: ['16:9', '9:16'],
      default: '16:9',
      param: 'aspectRatio',
    },
    {
      field: 'duration',
      type: 'string',
      allowed: ['4s', '6s', '8s'],
      default: '8s',
      param: 'durationSeconds',
      encoding: 'seconds+s',
    },
    {
      field: 'resolution',
      type: 'string',
      allowed: ['720p', '1080p'],
      default: '720p',
      param: 'resolution',
    },
    { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    { field: 'generate_audio', type: 'boolean', default: true, param: 'enableAudio' },
    { field: 'auto_fix', type: 'boolean', default: true },
    { field: 'safety_tolerance', type: 'string', allowed: ['1', '2', '3', '4', '5', '6'], default: '4' },
  ],
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: [],
  },
  price: {
    unit: 'second',
    rates: [{ when: { generate_audio: false }, micros: 200_000 }, { micros: 400_000 }],
    quantity: { by: 'seconds', field: 'duration' },
    confidence: 'high',
    asOf: null,
    note: 'The price API lists the image-to-video sibling at 0.4.',
  },
  notes: [aboutDuration, aboutFields, aboutRetirement],
  asOf: '2026-05-12',
}

const veo31: ModelEntry = {
  ...veo3,
  alias: 'veo3-1',
  synonyms: ['veo3.1', 'veo-3.1'],
  endpointId: 'fal-ai/veo3.1',
  title: 'Veo 3.1',
  availability: 'listed',
  parameters: siblingParameters(veo3.parameters, {
    changed: [
      {
        field: 'resolution',
        type: 'string',
        allowed: ['720p', '1080p', '4k'],
        default: '720p',
        param: 'resolution',
      },
    ],
  }),
  price: {
    unit: 'second',
    rates: [
      { when: { resolution: '4k', generate_audio: false }, micros: 400_000 },
      { when: { resolution: '4k' }, micros: 600_000 },
      { when: { generate_audio: false }, micros: 200_000 },
      { micros: 400_000 },
    ],
    quantity: { by: 'seconds', field: 'duration' },
    apiBase: { unit: 'seconds', micros: 400_000 },
    confidence: 'high',
    asOf: '2026-07-28',
  },
  notes: [aboutDuration],
}

export const veoModels: readonly ModelEntry[] = [
  veo3,
  {
    ...veo3,
    alias: 'veo3-fast-t2v',
    synonyms: ['veo3-fast-text'],
    endpointId: 'fal-ai/veo3/fast',
    title: 'Veo 3 Fast (text to video)',
    price: {
      ...veo3.price,
      rates: [{ when: { generate_audio: false }, micros: 100_000 }, { micros: 150_000 }],
      note: 'An older copy gives 0.25 without and 0.40 with audio.',
    },
    notes: [aboutDuration, aboutFields, aboutRetirement, 'veo3-fast is the image-to-video endpoint.'],
  },
  {
    ...veo3,
    alias: 'veo3-fast',
    synonyms: ['veo3-fast-i2v'],
    endpointId: 'fal-ai/veo3/fast/image-to-video',
    title: 'Veo 3 Fast (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(veo3.parameters, {
      changed: [
        {
          field: 'aspect_ratio',
          type: 'string',
          allowed: ['auto', '16:9', '9:16'],
          default: 'auto',
          param: 'aspectRatio',
        },
        { field: 'auto_fix', type: 'boolean', default: false },
      ],
      before: {
        auto_fix: [
          { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        ],
      },
    }),
    price: {
      ...veo3.price,
      rates: [{ when: { generate_audio: false }, micros: 100_000 }, { micros: 150_000 }],
      apiBase: { unit: 'seconds', micros: 150_000 },
      asOf: '2026-07-28',
      note: 'API: 0.15 (audio on). The 0.10 without audio comes from the fal guide.',
    },
    notes: [
      aboutDuration,
      aboutFields,
      aboutRetirement,
      'Image should be 720p or more in 16:9 or 9:16, otherwise it is cropped. aspect_ratio adds "auto" (default).',
    ],
  },
  veo31,
  {
    ...veo31,
    alias: 'veo3-1-fast',
    synonyms: ['veo3.1-fast'],
    endpointId: 'fal-ai/veo3.1/fast',
    title: 'Veo 3.1 Fast',
    price: {
      ...veo31.price,
      rates: [
        { when: { resolution: '4k', generate_audio: false }, micros: 300_000 },
        { when: { resolution: '4k' }, micros: 350_000 },
        { when: { generate_audio: false }, micros: 100_000 },
        { micros: 150_000 },
      ],
      apiBase: { unit: 'seconds', micros: 150_000 },
      note: 'The sentence with the 4k rates was read on the fast first-last-frame page.',
    },
  },
  {
    ...veo31,
    alias: 'veo3-1-i2v',
    synonyms: ['veo3.1-i2v'],
    endpointId: 'fal-ai/veo3.1/image-to-video',
    title: 'Veo 3.1 (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(veo31.parameters, {
      changed: [
        {
          field: 'aspect_ratio',
          type: 'string',
          allowed: ['auto', '16:9', '9:16'],
          default: 'auto',
          param: 'aspectRatio',
        },
        { field: 'auto_fix', type: 'boolean', default: false },
      ],
      before: {
        auto_fix: [
          { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        ],
      },
    }),
  },
]
