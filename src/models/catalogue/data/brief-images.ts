/** Catalogue data: newer image models, of which FAL's own document gives the parameters. */
import type { BriefEntry } from '../entry.ts'

const about = { kind: 'image', availability: 'listed', asOf: '2026-09-25' } as const
const textToImage = { ...about, task: 'text-to-image' } as const
const edit = { ...about, task: 'image-to-image' } as const
const sure = { confidence: 'high', asOf: '2026-09-25' } as const

const perImage = (micros: number): BriefEntry['price'] => ({
  unit: 'image',
  rates: [{ micros }],
  quantity: { by: 'images' },
  ...sure,
})

const webSearch = { when: { enable_web_search: true }, micros: 15_000 }

const nanoBanana2: BriefEntry['price'] = {
  ...perImage(80_000),
  factors: [
    { when: { resolution: '0.5K' }, factor: 0.75 },
    { when: { resolution: '2K' }, factor: 1.5 },
    { when: { resolution: '4K' }, factor: 2 },
  ],
  surcharges: [webSearch, { when: { thinking_level: 'high' }, micros: 2_000 }],
  note: 'Whether a surcharge is for each image or for the request is not published: each image is assumed.',
}

const nanoBananaPro: BriefEntry['price'] = {
  ...perImage(150_000),
  factors: [{ when: { resolution: '4K' }, factor: 2 }],
  surcharges: [webSearch],
}

export const briefImages: readonly BriefEntry[] = [
  {
    ...textToImage,
    alias: 'nano-banana-2',
    synonyms: ['nanobanana-2'],
    endpointId: 'fal-ai/nano-banana-2',
    title: 'Nano Banana 2',
    family: 'nano-banana',
    price: nanoBanana2,
    defaults: { resolution: '1K' },
  },
  {
    ...edit,
    alias: 'nano-banana-2-edit',
    synonyms: [],
    endpointId: 'fal-ai/nano-banana-2/edit',
    title: 'Nano Banana 2 (edit)',
    family: 'nano-banana',
    price: nanoBanana2,
    defaults: { resolution: '1K' },
  },
  {
    ...textToImage,
    alias: 'nano-banana-pro',
    synonyms: ['nanobanana-pro'],
    endpointId: 'fal-ai/nano-banana-pro',
    title: 'Nano Banana Pro',
    family: 'nano-banana',
    price: nanoBananaPro,
    defaults: { resolution: '1K' },
  },
  {
    ...edit,
    alias: 'nano-banana-pro-edit',
    synonyms: [],
    endpointId: 'fal-ai/nano-banana-pro/edit',
    title: 'Nano Banana Pro (edit)',
    family: 'nano-banana',
    price: nanoBananaPro,
    defaults: { resolution: '1K' },
  },
  {
    ...textToImage,
    alias: 'flux-2-pro',
    synonyms: [],
    endpointId: 'fal-ai/flux-2-pro',
    title: 'FLUX.2 [pro]',
    family: 'flux',
    price: {
      unit: 'megapixel',
      rates: [{ micros: 15_000 }],
      firstUnitMicros: 30_000,
      quantity: { by: 'imageMegapixels', sizeField: 'image_size' },
      ...sure,
    },
    defaults: { image_size: 'landscape_4_3' },
  },
  {
    ...textToImage,
    alias: 'seedream-v5-lite',
    synonyms: ['seedream-5-lite'],
    endpointId: 'fal-ai/bytedance/seedream/v5/lite/text-to-image',
    title: 'Seedream 5 Lite',
    family: 'seedream',
    price: perImage(35_000),
    // FAL's own storage keeps the files; ByteDance's drops them after a day.
    always: { return_byteplus_urls: false },
    notes: ['max_images multiplies the files, and so the price: at most num_images × max_images.'],
  },
  {
    ...textToImage,
    alias: 'seedream-v5-pro',
    synonyms: ['seedream-5-pro'],
    endpointId: 'bytedance/seedream/v5/pro/text-to-image',
    title: 'Seedream 5 Pro',
    family: 'seedream',
    price: {
      ...perImage(0),
      rates: [{ micros: null }],
      apiBase: { unit: 'units', micros: 67_500 },
      confidence: 'medium',
      note: 'FAL charges 0.0675 USD per unit; a 2K image was 2 units. How many others are is not published.',
    },
  },
  {
    ...textToImage,
    alias: 'gpt-image-2-5',
    synonyms: ['gpt-image-2.5'],
    endpointId: 'openai/gpt-image-2.5/flare/text-to-image',
    title: 'GPT Image 2.5',
    family: 'gpt-image',
    price: {
      ...perImage(0),
      rates: [{ micros: null }],
      requestStepMicros: 100,
      note: 'By tokens, which depend on quality and size: per million, text 5 USD in and 10 out, images 8 in and 30 out.',
    },
  },
  {
    ...textToImage,
    alias: 'gpt-image-1-5',
    synonyms: ['gpt-image-1.5'],
    endpointId: 'fal-ai/gpt-image-1.5',
    title: 'GPT Image 1.5',
    family: 'gpt-image',
    price: {
      ...perImage(0),
      rates: [
        { when: { quality: 'low', image_size: '1024x1024' }, micros: 9_000 },
        { when: { quality: 'low' }, micros: 13_000 },
        { when: { quality: 'medium', image_size: '1024x1024' }, micros: 34_000 },
        { when: { quality: 'medium' }, micros: 50_000 },
        { when: { quality: 'high', image_size: '1024x1024' }, micros: 133_000 },
        { when: { quality: 'high' }, micros: 200_000 },
      ],
      confidence: 'medium',
      asOf: '2026-07-28',
    },
    defaults: { quality: 'high', image_size: '1024x1024' },
  },
  {
    ...textToImage,
    alias: 'qwen-image-3',
    synonyms: [],
    endpointId: 'alibaba/qwen-image-3/text-to-image',
    title: 'Qwen Image 3',
    family: 'qwen-image',
    price: {
      ...perImage(0),
      rates: [
        { when: { image_size: { startsWith: 'square' } }, micros: 40_000 },
        { when: { image_size: { startsWith: 'portrait' } }, micros: 40_000 },
        { when: { image_size: { startsWith: 'landscape' } }, micros: 40_000 },
        { micros: null, atMostMicros: 75_000 },
      ],
      asOf: '2026-09-29',
      note: '0.04 USD at 1K, 0.075 at 2K; the size at which a custom one counts as 2K is not published.',
    },
    defaults: { image_size: 'square_hd' },
    asOf: '2026-09-29',
  },
  {
    ...textToImage,
    alias: 'recraft-v4-1',
    synonyms: ['recraft-v4.1'],
    endpointId: 'fal-ai/recraft/v4.1/text-to-image',
    title: 'Recraft V4.1',
    family: 'recraft',
    price: perImage(35_000),
  },
  {
    ...textToImage,
    alias: 'muse-image',
    synonyms: ['muse'],
    endpointId: 'meta/muse-image/text-to-image',
    title: 'Muse Image',
    family: 'muse',
    price: perImage(10_000),
  },
  {
    ...edit,
    alias: 'topaz-image-upscale',
    synonyms: [],
    endpointId: 'fal-ai/topaz/upscale/image',
    title: 'Topaz image upscale',
    family: 'topaz',
    task: 'image-upscale',
    price: {
      ...perImage(0),
      rates: [{ micros: null, atMostMicros: 1_360_000 }],
      asOf: '2026-09-27',
      note: 'By the megapixels of the output: 0.08 USD up to 24, 0.16 up to 48, 0.32 up to 96, at most 1.36 up to 512.',
    },
    asOf: '2026-09-27',
  },
]
