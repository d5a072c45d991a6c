/** Catalogue data: Wan video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'
import { siblingParameters } from '../sibling.ts'

const aboutFrames =
  'No duration field: send num_frames (17 to 161). num_frames = 16 x seconds + 1 (81 is 5 s); values of the form 4k+1 are customary for Wan, the schema does not demand it.'
const aboutInterpolation =
  'Default interpolator_model "film" with num_interpolated_frames 1 and adjust_fps_for_interpolation true: the file comes out at 2 x frames_per_second (32) with the same length.'
const aboutDuration =
  'duration "5" or "10". Prompt at most 800 characters, negative prompt 500. audio_url is background music: WAV or MP3, 3 to 30 s, 15 MB; cut or padded with silence to the clip.'
const aboutResolution = 'resolution default is 1080p, the dearest tier.'

const wan22: ModelEntry = {
  alias: 'wan-v2-2',
  synonyms: ['wan-2.2', 'wan-2-2'],
  endpointId: 'fal-ai/wan/v2.2-a14b/text-to-video',
  title: 'Wan 2.2 A14B (text to video)',
  family: 'wan',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', required: true, param: 'prompt' },
    { field: 'negative_prompt', type: 'string', default: '', param: 'negativePrompt' },
    {
      field: 'aspect_ratio',
      type: 'string',
      allowed: ['16:9', '9:16', '1:1'],
      default: '16:9',
      param: 'aspectRatio',
    },
    {
      field: 'num_frames',
      type: 'integer',
      min: 17,
      max: 161,
      default: 81,
      param: 'durationSeconds',
      encoding: 'frames',
    },
    {
      field: 'frames_per_second',
      type: 'integer',
      min: 4,
      max: 60,
      nullable: true,
      default: 16,
      param: 'fps',
    },
    {
      field: 'resolution',
      type: 'string',
      allowed: ['480p', '580p', '720p'],
      default: '720p',
      param: 'resolution',
    },
    { field: 'guidance_scale', type: 'number', min: 1, max: 10, default: 3.5, param: 'guidanceScale' },
    { field: 'num_inference_steps', type: 'integer', min: 2, max: 40, default: 27, param: 'steps' },
    { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    { field: 'enable_safety_checker', type: 'boolean', default: false },
    { field: 'enable_output_safety_checker', type: 'boolean', default: false },
    { field: 'enable_prompt_expansion', type: 'boolean', default: false },
    { field: 'acceleration', type: 'string', allowed: ['none', 'regular'], default: 'regular' },
    { field: 'guidance_scale_2', type: 'number', min: 1, max: 10, default: 4 },
    { field: 'shift', type: 'number', min: 1, max: 10, default: 5 },
    { field: 'interpolator_model', type: 'string', allowed: ['none', 'film', 'rife'], default: 'film' },
    { field: 'num_interpolated_frames', type: 'integer', min: 0, max: 4, default: 1 },
    { field: 'adjust_fps_for_interpolation', type: 'boolean', default: true },
    {
      field: 'video_quality',
      type: 'string',
      allowed: ['low', 'medium', 'high', 'maximum'],
      default: 'high',
    },
    {
      field: 'video_write_mode',
      type: 'string',
      allowed: ['fast', 'balanced', 'small'],
      default: 'balanced',
    },
  ],
  frameRate: { default: 16, field: 'frames_per_second' },
  output: {
    urlPath: 'video.url',
    fileFields: ['content_type', 'file_name', 'file_size', 'url'],
    otherFields: ['prompt', 'seed'],
  },
  price: {
    unit: 'second',
    rates: [
      { when: { resolution: '480p' }, micros: 40_000 },
      { when: { resolution: '580p' }, micros: 60_000 },
      { when: { resolution: '720p' }, micros: 80_000 },
    ],
    quantity: { by: 'frames', field: 'num_frames', framesPerSecond: 16 },
    apiBase: { unit: 'seconds', micros: 80_000 },
    confidence: 'high',
    asOf: '2026-07-28',
    note: 'Video seconds are counted at 16 frames per second: seconds = num_frames / 16, whatever frames_per_second says. Sentence read on the image-to-video and video-to-video pages; the API gives 0.08 here too.',
  },
  notes: [aboutFrames, aboutInterpolation],
  asOf: '2026-05-12',
}

const wan25: ModelEntry = {
  alias: 'wan-v2-5',
  synonyms: ['wan-2.5', 'wan-25'],
  endpointId: 'fal-ai/wan-25-preview/text-to-video',
  title: 'Wan 2.5 preview (text to video)',
  family: 'wan',
  kind: 'video',
  task: 'text-to-video',
  availability: 'listed',
  parameters: [
    { field: 'prompt', type: 'string', minLength: 1, required: true, param: 'prompt' },
    { field: 'negative_prompt', type: 'string', nullable: true, param: 'negativePrompt' },
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
    {
      field: 'resolution',
      type: 'string',
      allowed: ['480p', '720p', '1080p'],
      default: '1080p',
      param: 'resolution',
    },
    { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    { field: 'audio_url', type: 'string', media: 'audio', nullable: true, param: 'inputAudioUrl' },
    { field: 'enable_prompt_expansion', type: 'boolean', default: true },
    { field: 'enable_safety_checker', type: 'boolean', default: true },
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
    otherFields: ['actual_prompt', 'seed'],
  },
  price: {
    unit: 'second',
    rates: [
      { when: { resolution: '480p' }, micros: 50_000 },
      { when: { resolution: '720p' }, micros: 100_000 },
      { when: { resolution: '1080p' }, micros: 150_000 },
    ],
    quantity: { by: 'seconds', field: 'duration' },
    apiBase: { unit: 'seconds', micros: 50_000 },
    confidence: 'high',
    asOf: '2026-07-28',
  },
  notes: [aboutDuration, aboutResolution],
  asOf: '2026-05-12',
}

export const wanModels: readonly ModelEntry[] = [
  wan22,
  {
    ...wan22,
    alias: 'wan-v2-2-i2v',
    synonyms: ['wan-2.2-i2v'],
    endpointId: 'fal-ai/wan/v2.2-a14b/image-to-video',
    title: 'Wan 2.2 A14B (image to video)',
    task: 'image-to-video',
    availability: 'unconfirmed',
    parameters: siblingParameters(wan22.parameters, {
      changed: [
        {
          field: 'aspect_ratio',
          type: 'string',
          allowed: ['auto', '16:9', '9:16', '1:1'],
          default: 'auto',
          param: 'aspectRatio',
        },
        { field: 'guidance_scale_2', type: 'number', min: 1, max: 10, default: 3.5 },
      ],
      before: {
        enable_safety_checker: [
          { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        ],
      },
      added: [{ field: 'end_image_url', type: 'string', media: 'image', nullable: true }],
    }),
    price: {
      ...wan22.price,
      note: 'Video seconds are counted at 16 frames per second: seconds = num_frames / 16, whatever frames_per_second says.',
    },
    notes: [
      aboutFrames,
      aboutInterpolation,
      'Not in the client types of 2026-04 nor 2026-08, but in the OpenAPI set of 2026-05 and in the price API of 2026-07. The page prints the run URL as fal-ai/wan/v2.2-a14B/image-to-video (capital B).',
    ],
  },
  {
    alias: 'wan-v2-2-i2v-turbo',
    synonyms: ['wan-2-2-i2v-turbo'],
    endpointId: 'fal-ai/wan/v2.2-a14b/image-to-video/turbo',
    title: 'Wan 2.2 A14B Turbo (image to video)',
    family: 'wan',
    kind: 'video',
    task: 'image-to-video',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', required: true, param: 'prompt' },
      {
        field: 'aspect_ratio',
        type: 'string',
        allowed: ['auto', '16:9', '9:16', '1:1'],
        default: 'auto',
        param: 'aspectRatio',
      },
      {
        field: 'resolution',
        type: 'string',
        allowed: ['480p', '580p', '720p'],
        default: '720p',
        param: 'resolution',
      },
      { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
      { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
      { field: 'enable_safety_checker', type: 'boolean', default: false },
      { field: 'enable_output_safety_checker', type: 'boolean', default: false },
      { field: 'enable_prompt_expansion', type: 'boolean', default: false },
      { field: 'acceleration', type: 'string', allowed: ['none', 'regular'], default: 'regular' },
      {
        field: 'video_quality',
        type: 'string',
        allowed: ['low', 'medium', 'high', 'maximum'],
        default: 'high',
      },
      {
        field: 'video_write_mode',
        type: 'string',
        allowed: ['fast', 'balanced', 'small'],
        default: 'balanced',
      },
      { field: 'end_image_url', type: 'string', media: 'image', nullable: true },
    ],
    output: {
      urlPath: 'video.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'url'],
      otherFields: ['prompt', 'seed'],
    },
    price: {
      unit: 'video',
      rates: [
        { when: { resolution: '480p' }, micros: 50_000 },
        { when: { resolution: '580p' }, micros: 75_000 },
        { when: { resolution: '720p' }, micros: 100_000 },
      ],
      quantity: { by: 'request' },
      apiBase: { unit: 'videos', micros: 100_000 },
      confidence: 'high',
      asOf: '2026-07-28',
    },
    notes: ['No duration, num_frames or fps field at all: fixed clip, length not in the schema.'],
    asOf: '2026-05-12',
  },
  wan25,
  {
    ...wan25,
    alias: 'wan-25-preview',
    synonyms: ['wan-2.5-i2v', 'wan-25-i2v'],
    endpointId: 'fal-ai/wan-25-preview/image-to-video',
    title: 'Wan 2.5 preview (image to video)',
    task: 'image-to-video',
    parameters: siblingParameters(wan25.parameters, {
      without: ['aspect_ratio'],
      before: {
        audio_url: [
          { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
        ],
      },
    }),
    price: {
      unit: 'second',
      rates: [
        { when: { resolution: '480p' }, micros: 50_000 },
        { when: { resolution: '720p' }, micros: 100_000 },
        { when: { resolution: '1080p' }, micros: 150_000 },
      ],
      quantity: { by: 'seconds', field: 'duration' },
      confidence: 'high',
      asOf: null,
    },
    notes: [aboutDuration, aboutResolution, 'No aspect_ratio.'],
  },
]
