/** Catalogue data: ByteDance's Seedance video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const aboutTokens =
  'tokens = height x width x fps x seconds / 1024 with fps 24 and the real output size. Official: about $0.62 for 5 s at 1080p. The token rates use nominal 16:9 sizes, hence about 2 % low.'
const aboutDuration =
  'duration is a string from "2" to "12". num_frames (29 to 289), when sent, overrides duration. seed -1 means random.'

const pro: ModelEntry = {
  alias: 'seedance-pro',
  synonyms: ['seedance', 'seedance-v1-pro'],
  endpointId: 'fal-ai/bytedance/seedance/v1/pro/text-to-video',
  title: 'Seedance 1.0 Pro (text to video)',
  family: 'seedance',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', required: true, param: 'prompt' },
    {
      field: 'aspect_ratio',
      type: 'string',
      allowed: ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'],
      default: '16:9',
      param: 'aspectRatio',
    },
    {
      field: 'duration',
      type: 'string',
      allowed: ['2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'],
      default: '5',
      param: 'durationSeconds',
      encoding: 'seconds-text',
    },
    {
      field: 'resolution',
      type: 'string',
      allowed: ['480p', '720p', '1080p'],
      default: '1080p',
      param: 'resolution',
    },
    { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    { field: 'camera_fixed', type: 'boolean', default: false },
    { field: 'enable_safety_checker', type: 'boolean', default: true },
    { field: 'num_frames', type: 'integer', min: 29, max: 289, nullable: true },
  ],
  constraints: [{ oneOf: ['duration', 'num_frames'], reason: 'num_frames overrides duration' }],
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: ['seed'],
  },
  price: {
    unit: '1m_tokens',
    rates: [{ micros: 2_500_000 }],
    quantity: {
      by: 'videoTokens',
      tokensPerSecond: { '480p': 9608, '720p': 21_600, '1080p': 48_600 },
      secondsField: 'duration',
      framesField: 'num_frames',
      framesPerSecond: 24,
    },
    apiBase: { unit: '1m tokens', micros: 2_500_000 },
    confidence: 'medium',
    asOf: '2026-07-28',
    note: aboutTokens,
  },
  notes: [aboutDuration],
  asOf: '2026-05-12',
}

export const seedanceModels: readonly ModelEntry[] = [
  pro,
  {
    ...pro,
    alias: 'seedance-pro-i2v',
    synonyms: ['seedance-v1-pro-i2v'],
    endpointId: 'fal-ai/bytedance/seedance/v1/pro/image-to-video',
    title: 'Seedance 1.0 Pro (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(pro.parameters, {
      changed: [
        {
          field: 'aspect_ratio',
          type: 'string',
          allowed: ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16', 'auto'],
          default: 'auto',
          param: 'aspectRatio',
        },
        {
          field: 'resolution',
          type: 'string',
          allowed: ['480p', '720p', '1080p'],
          default: '1080p',
          param: 'resolution',
          always: '1080p',
        },
      ],
      before: {
        camera_fixed: [
          { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        ],
      },
      added: [{ field: 'end_image_url', type: 'string', media: 'image', nullable: true }],
    }),
    price: {
      unit: '1m_tokens',
      rates: [{ micros: 2_500_000 }],
      quantity: {
        by: 'videoTokens',
        tokensPerSecond: { '480p': 9608, '720p': 21_600, '1080p': 48_600 },
        secondsField: 'duration',
        framesField: 'num_frames',
        framesPerSecond: 24,
      },
      confidence: 'medium',
      asOf: '2026-03-10',
      note: aboutTokens,
    },
    notes: [
      aboutDuration,
      'resolution default: 1080p in the OpenAPI, 720p in the 2026-08 types (shared with the lite model): trust neither, always send it.',
    ],
  },
  {
    alias: 'seedance-2',
    synonyms: ['seedance-2.0'],
    endpointId: 'bytedance/seedance-2.0/text-to-video',
    title: 'Seedance 2.0 (text to video)',
    family: 'seedance',
    kind: 'video',
    task: 'text-to-video',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', required: true, param: 'prompt' },
      {
        field: 'aspect_ratio',
        type: 'string',
        allowed: ['auto', '21:9', '16:9', '4:3', '1:1', '3:4', '9:16'],
        default: 'auto',
        param: 'aspectRatio',
      },
      {
        field: 'duration',
        type: 'string',
        allowed: ['auto', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15'],
        default: 'auto',
        param: 'durationSeconds',
        encoding: 'seconds-text',
      },
      {
        field: 'resolution',
        type: 'string',
        allowed: ['480p', '720p', '1080p', '4k'],
        default: '720p',
        param: 'resolution',
      },
      { field: 'generate_audio', type: 'boolean', default: true, param: 'enableAudio' },
      { field: 'end_user_id', type: 'string', nullable: true },
      { field: 'bitrate_mode', type: 'string', allowed: ['standard', 'high'], default: 'standard' },
    ],
    output: {
      urlPath: 'video.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'url'],
      otherFields: ['seed'],
    },
    price: {
      unit: 'second',
      rates: [
        { when: { resolution: '480p' }, micros: 134_500 },
        { when: { resolution: '720p' }, micros: 303_400 },
        { when: { resolution: '1080p' }, micros: 682_000 },
        { when: { resolution: '4k' }, micros: 1_555_200 },
      ],
      quantity: { by: 'seconds', field: 'duration', maxSeconds: 15 },
      apiBase: { unit: 'units', micros: 14_000 },
      confidence: 'medium',
      asOf: null,
      note: 'Billed at $0.014 per 1,000 tokens, tokens = h x w x seconds x 24 / 1024. 720p figure official; 1080p from a quoted official sentence; 480p computed from 854x480; 4k at $0.008 per 1,000 tokens at 16:9. Audio does not change the price. duration "auto" (the default) makes the cost unknown beforehand.',
    },
    notes: [
      'Id has no fal-ai/ prefix.',
      'As of the 2026-08 client types: no seed, bitrate_mode, resolution up to 4k.',
    ],
    asOf: '2026-05-12',
  },
]
