/** Catalogue data: LTX, CogVideoX and Hunyuan video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'
import { presets } from './size-presets.ts'

const aboutDuration =
  'No duration field. Length is fixed by the model (about 6 s: 49 frames at 8 fps in CogVideoX itself, unverified on fal); export_fps 4 to 32 only changes playback, use_rife interpolates.'
const aboutRatio =
  'aspect ratio goes through video_size: a preset name or {width,height}; default {width:720,height:480}.'

const cogVideoX: ModelEntry = {
  alias: 'cogvideox-5b',
  synonyms: ['cogvideox-5b-i2v'],
  endpointId: 'fal-ai/cogvideox-5b/image-to-video',
  title: 'CogVideoX-5B (image to video)',
  family: 'cogvideox',
  kind: 'video',
  task: 'image-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', required: true, param: 'prompt' },
    { field: 'negative_prompt', type: 'string', default: '', param: 'negativePrompt' },
    {
      field: 'video_size',
      type: 'size',
      allowed: presets,
      default: { height: 480, width: 720 },
      param: 'aspectRatio',
      encoding: 'size',
    },
    { field: 'export_fps', type: 'integer', min: 4, max: 32, default: 16, param: 'fps' },
    { field: 'guidance_scale', type: 'number', min: 0, max: 20, default: 7, param: 'guidanceScale' },
    { field: 'num_inference_steps', type: 'integer', min: 1, max: 50, default: 50, param: 'steps' },
    { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
    {
      field: 'loras',
      type: 'array',
      items: {
        type: 'object',
        fields: [
          { field: 'path', type: 'string', required: true },
          { field: 'scale', type: 'number', min: 0, max: 4, default: 1 },
        ],
      },
      default: [],
    },
    { field: 'use_rife', type: 'boolean', default: true },
  ],
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: ['seed', 'prompt', 'timings'],
  },
  price: {
    unit: 'video',
    rates: [{ micros: 200_000 }],
    quantity: { by: 'request' },
    apiBase: { unit: 'videos', micros: 200_000 },
    confidence: 'high',
    asOf: '2026-07-28',
  },
  notes: [
    'The bare endpoint fal-ai/cogvideox-5b needs no image: it is cogvideox-5b-t2v.',
    aboutDuration,
    aboutRatio,
  ],
  asOf: '2026-05-12',
}

export const openVideoModels: readonly ModelEntry[] = [
  {
    alias: 'ltx-video',
    synonyms: ['ltx'],
    endpointId: 'fal-ai/ltx-video',
    title: 'LTX Video (preview 0.9)',
    family: 'ltx',
    kind: 'video',
    task: 'text-to-video',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', required: true, param: 'prompt' },
      {
        field: 'negative_prompt',
        type: 'string',
        default:
          'low quality, worst quality, deformed, distorted, disfigured, motion smear, motion artifacts, fused fingers, bad anatomy, weird hand, ugly',
        param: 'negativePrompt',
      },
      { field: 'guidance_scale', type: 'number', max: 10, above: 1, default: 3, param: 'guidanceScale' },
      { field: 'num_inference_steps', type: 'integer', min: 1, max: 50, default: 30, param: 'steps' },
      { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    ],
    output: {
      urlPath: 'video.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'url'],
      otherFields: ['seed'],
    },
    price: {
      unit: 'video',
      rates: [{ micros: 20_000 }],
      quantity: { by: 'request' },
      apiBase: { unit: 'videos', micros: 20_000 },
      confidence: 'high',
      asOf: '2026-07-28',
    },
    notes: [
      'No duration, fps, ratio or resolution field: fixed clip (length not stated in the schema). guidance_scale must be > 1 and <= 10.',
    ],
    asOf: '2026-05-12',
  },
  {
    alias: 'ltx-2',
    synonyms: ['ltx-video-2'],
    endpointId: 'fal-ai/ltx-2/text-to-video',
    title: 'LTX-2 Pro (text to video)',
    family: 'ltx',
    kind: 'video',
    task: 'text-to-video',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', minLength: 1, maxLength: 5000, required: true, param: 'prompt' },
      { field: 'duration', type: 'integer', allowed: [6, 8, 10], default: 6, param: 'durationSeconds' },
      { field: 'fps', type: 'integer', allowed: [25, 50], default: 25, param: 'fps' },
      {
        field: 'resolution',
        type: 'string',
        allowed: ['1080p', '1440p', '2160p'],
        default: '1080p',
        param: 'resolution',
      },
      { field: 'generate_audio', type: 'boolean', default: true, param: 'enableAudio' },
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
      otherFields: [],
    },
    price: {
      unit: 'second',
      rates: [
        { when: { resolution: '1080p' }, micros: 60_000 },
        { when: { resolution: '1440p' }, micros: 120_000 },
        { when: { resolution: '2160p' }, micros: 240_000 },
      ],
      quantity: { by: 'seconds', field: 'duration' },
      apiBase: { unit: 'seconds', micros: 60_000 },
      confidence: 'high',
      asOf: '2026-07-28',
    },
    notes: [
      'duration and fps are integers taken from closed lists: 6, 8, 10 and 25, 50.',
      'Gone from the 2026-08 client types, where ltx-2.3 stands (0.08/0.16/0.32 per second, adds aspect_ratio 16:9 and 9:16).',
    ],
    asOf: '2026-05-12',
  },
  cogVideoX,
  {
    ...cogVideoX,
    alias: 'cogvideox-5b-t2v',
    synonyms: ['cogvideox-5b-text'],
    endpointId: 'fal-ai/cogvideox-5b',
    title: 'CogVideoX-5B (text to video)',
    task: 'text-to-video',
    parameters: siblingParameters(cogVideoX.parameters, {
      without: ['image_url'],
    }),
    notes: [aboutDuration, aboutRatio],
  },
  {
    alias: 'hunyuan-video',
    synonyms: ['hunyuan'],
    endpointId: 'fal-ai/hunyuan-video',
    title: 'Hunyuan Video',
    family: 'hunyuan',
    kind: 'video',
    task: 'text-to-video',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', required: true, param: 'prompt' },
      {
        field: 'aspect_ratio',
        type: 'string',
        allowed: ['16:9', '9:16'],
        default: '16:9',
        param: 'aspectRatio',
      },
      {
        field: 'num_frames',
        type: 'string',
        allowed: ['129', '85'],
        default: '129',
        param: 'durationSeconds',
        encoding: 'frames-text',
      },
      {
        field: 'resolution',
        type: 'string',
        allowed: ['480p', '580p', '720p'],
        default: '720p',
        param: 'resolution',
      },
      { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
      { field: 'pro_mode', type: 'boolean', default: false },
      { field: 'enable_safety_checker', type: 'boolean', default: false },
    ],
    frameRate: { default: 24 },
    output: {
      urlPath: 'video.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'url'],
      otherFields: ['seed'],
    },
    price: {
      unit: 'video',
      rates: [{ micros: 400_000 }],
      factors: [{ when: { pro_mode: true }, factor: 2 }],
      quantity: { by: 'request' },
      apiBase: { unit: 'videos', micros: 400_000 },
      confidence: 'high',
      asOf: '2026-07-28',
    },
    notes: [
      'num_frames is a STRING enum "129" or "85" (about 5.4 s and 3.5 s at 24 fps; the fps is not in the schema). No negative_prompt.',
    ],
    asOf: '2026-05-12',
  },
]
