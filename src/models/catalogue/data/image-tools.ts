/** Catalogue data: Upscaling and background removal of images, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'

export const imageToolsModels: readonly ModelEntry[] = [
  {
    alias: 'clarity-upscaler',
    synonyms: ['clarity'],
    endpointId: 'fal-ai/clarity-upscaler',
    title: 'Clarity Upscaler',
    family: 'upscaler',
    kind: 'image',
    task: 'image-upscale',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', default: 'masterpiece, best quality, highres', param: 'prompt' },
      {
        field: 'negative_prompt',
        type: 'string',
        default: '(worst quality, low quality, normal quality:2)',
        param: 'negativePrompt',
      },
      { field: 'guidance_scale', type: 'number', min: 0, max: 20, default: 4, param: 'guidanceScale' },
      { field: 'num_inference_steps', type: 'integer', min: 4, max: 50, default: 18, param: 'steps' },
      { field: 'seed', type: 'integer', min: 0, nullable: true, param: 'seed' },
      { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
      { field: 'upscale_factor', type: 'number', min: 1, max: 4, default: 2 },
      { field: 'creativity', type: 'number', min: 0, max: 1, default: 0.35 },
      { field: 'resemblance', type: 'number', min: 0, max: 1, default: 0.6 },
      { field: 'enable_safety_checker', type: 'boolean', default: true },
    ],
    output: {
      urlPath: 'image.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'height', 'url', 'width'],
      otherFields: ['seed', 'timings'],
    },
    price: {
      unit: 'megapixel',
      rates: [{ micros: 30_000 }],
      quantity: { by: 'outputImageMegapixels' },
      apiBase: { unit: 'megapixels', micros: 30_000 },
      confidence: 'medium',
      asOf: '2026-07-28',
      note: 'Megapixels taken as those of the output (input pixels x upscale_factor squared): the API says only megapixels. Needs the input size.',
    },
    notes: [
      'prompt is optional and defaults to "masterpiece, best quality, highres"; never send an empty string by habit.',
    ],
    asOf: '2026-05-12',
  },
  {
    alias: 'bria-background-remove',
    synonyms: ['rmbg', 'background-remove'],
    endpointId: 'fal-ai/bria/background/remove',
    title: 'Bria RMBG 2.0',
    family: 'bria',
    kind: 'image',
    task: 'background-removal',
    availability: 'listed',
    parameters: [
      { field: 'image_url', type: 'string', media: 'image', required: true, param: 'inputImageUrl' },
      { field: 'sync_mode', type: 'boolean', default: false },
    ],
    output: {
      urlPath: 'image.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'height', 'url', 'width'],
      otherFields: [],
    },
    price: {
      unit: 'image',
      rates: [{ micros: 18_000 }],
      quantity: { by: 'request' },
      apiBase: { unit: 'generations', micros: 18_000 },
      confidence: 'high',
      asOf: '2026-07-28',
      note: 'billing_unit is generations.',
    },
    asOf: '2026-05-12',
  },
]
