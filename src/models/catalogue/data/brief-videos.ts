/** Catalogue data: newer video models, of which FAL's own document gives the parameters. */
import type { PriceRate, PriceRule } from '../../../domain/money/price-rule.ts'
import type { BriefEntry } from '../entry.ts'

const about = { kind: 'video', availability: 'listed', asOf: '2026-09-25' } as const

type Confidence = Pick<PriceRule, 'confidence' | 'asOf'>
const sure: Confidence = { confidence: 'high', asOf: '2026-09-25' }
const likely: Confidence = { confidence: 'medium', asOf: '2026-09-25' }

const perSecond = (rates: readonly PriceRate[], confidence: Confidence = sure): PriceRule => ({
  unit: 'second',
  rates,
  quantity: { by: 'seconds', field: 'duration' },
  ...confidence,
})

/** The rates of a field's values. */
const by = (field: string, rates: Readonly<Record<string, number>>): PriceRate[] =>
  Object.entries(rates).map(([value, micros]) => ({ when: { [field]: value }, micros }))

const withSound = (silent: number, sound: number, field = 'generate_audio'): PriceRate[] => [
  { when: { [field]: false }, micros: silent },
  { when: { [field]: true }, micros: sound },
]

interface Named {
  endpointId: string
  title: string
  synonyms?: string[]
  task?: string
}

/** The endpoints of one price. */
function family(
  name: string,
  price: PriceRule,
  models: Record<string, Named>,
  more: Partial<BriefEntry> = {},
): BriefEntry[] {
  return Object.entries(models).map(([alias, { endpointId, title, synonyms = [], task }]) => ({
    ...about,
    ...more,
    alias,
    synonyms,
    endpointId,
    title,
    family: name,
    task: task ?? (endpointId.includes('/text-to-video') ? 'text-to-video' : 'image-to-video'),
    price,
  }))
}

const fromMay: Confidence = { confidence: 'medium', asOf: '2026-04-30' }
const soundByDefault: Partial<BriefEntry> = { defaults: { generate_audio: true } }

const kling = [
  ...family(
    'kling',
    { ...perSecond(withSound(112_000, 168_000)), note: 'Voice control costs 0.196 USD a second.' },
    {
      'kling-v3-pro': {
        endpointId: 'fal-ai/kling-video/v3/pro/text-to-video',
        title: 'Kling 3.0 Pro',
        synonyms: ['kling-3-pro'],
      },
      'kling-v3-pro-i2v': {
        endpointId: 'fal-ai/kling-video/v3/pro/image-to-video',
        title: 'Kling 3.0 Pro (image to video)',
      },
    },
    soundByDefault,
  ),
  ...family(
    'kling',
    { ...perSecond(withSound(84_000, 126_000), fromMay), note: 'Voice control costs 0.154 USD a second.' },
    {
      'kling-v3-standard': {
        endpointId: 'fal-ai/kling-video/v3/standard/text-to-video',
        title: 'Kling 3.0 Standard',
        synonyms: ['kling-3-standard'],
      },
      'kling-v3-standard-i2v': {
        endpointId: 'fal-ai/kling-video/v3/standard/image-to-video',
        title: 'Kling 3.0 Standard (image to video)',
      },
    },
    soundByDefault,
  ),
  ...family('kling', perSecond([{ micros: 420_000 }], fromMay), {
    'kling-v3-4k': { endpointId: 'fal-ai/kling-video/v3/4k/text-to-video', title: 'Kling 3.0 4K' },
    'kling-v3-4k-i2v': {
      endpointId: 'fal-ai/kling-video/v3/4k/image-to-video',
      title: 'Kling 3.0 4K (image to video)',
    },
    'kling-o3-4k': { endpointId: 'fal-ai/kling-video/o3/4k/text-to-video', title: 'Kling O3 4K' },
    'kling-o3-4k-i2v': {
      endpointId: 'fal-ai/kling-video/o3/4k/image-to-video',
      title: 'Kling O3 4K (image to video)',
    },
    'kling-o3-4k-reference': {
      endpointId: 'fal-ai/kling-video/o3/4k/reference-to-video',
      title: 'Kling O3 4K (references)',
    },
  }),
  ...family('kling', perSecond(withSound(112_000, 140_000), fromMay), {
    'kling-o3-pro': {
      endpointId: 'fal-ai/kling-video/o3/pro/text-to-video',
      title: 'Kling O3 Pro',
      synonyms: ['kling-o3'],
    },
    'kling-o3-pro-i2v': {
      endpointId: 'fal-ai/kling-video/o3/pro/image-to-video',
      title: 'Kling O3 Pro (image to video)',
    },
    'kling-o3-pro-reference': {
      endpointId: 'fal-ai/kling-video/o3/pro/reference-to-video',
      title: 'Kling O3 Pro (references)',
    },
  }),
  ...family('kling', perSecond(withSound(84_000, 112_000), fromMay), {
    'kling-o3-standard': {
      endpointId: 'fal-ai/kling-video/o3/standard/text-to-video',
      title: 'Kling O3 Standard',
    },
    'kling-o3-standard-i2v': {
      endpointId: 'fal-ai/kling-video/o3/standard/image-to-video',
      title: 'Kling O3 Standard (image to video)',
    },
    'kling-o3-standard-reference': {
      endpointId: 'fal-ai/kling-video/o3/standard/reference-to-video',
      title: 'Kling O3 Standard (references)',
    },
  }),
  ...family('kling', perSecond(withSound(70_000, 140_000), fromMay), {
    'kling-v2-6-pro': {
      endpointId: 'fal-ai/kling-video/v2.6/pro/text-to-video',
      title: 'Kling 2.6 Pro',
      synonyms: ['kling-2.6-pro'],
    },
    'kling-v2-6-pro-i2v': {
      endpointId: 'fal-ai/kling-video/v2.6/pro/image-to-video',
      title: 'Kling 2.6 Pro (image to video)',
    },
  }),
]

const veo31: PriceRate[] = [
  { when: { resolution: '4k', generate_audio: false }, micros: 400_000 },
  { when: { resolution: '4k', generate_audio: true }, micros: 600_000 },
  ...withSound(200_000, 400_000),
]
const veoDefaults: Partial<BriefEntry> = {
  defaults: { resolution: '720p', generate_audio: true, duration: '8s' },
}

const veo = [
  ...family(
    'veo',
    { ...perSecond(veo31), asOf: '2026-09-27' },
    {
      'veo3-1-reference': {
        endpointId: 'fal-ai/veo3.1/reference-to-video',
        title: 'Veo 3.1 (references)',
        synonyms: ['veo3.1-reference'],
      },
    },
    veoDefaults,
  ),
  ...family(
    'veo',
    perSecond(veo31, likely),
    {
      'veo3-1-first-last-frame': {
        endpointId: 'fal-ai/veo3.1/first-last-frame-to-video',
        title: 'Veo 3.1 (first and last frame)',
      },
    },
    veoDefaults,
  ),
  ...family(
    'veo',
    perSecond([
      { when: { resolution: '720p', generate_audio: true }, micros: 50_000 },
      { when: { resolution: '720p', generate_audio: false }, micros: 30_000 },
      { when: { resolution: '1080p', generate_audio: true }, micros: 80_000 },
      { when: { resolution: '1080p', generate_audio: false }, micros: 50_000 },
    ]),
    {
      'veo3-1-lite': {
        endpointId: 'fal-ai/veo3.1/lite',
        title: 'Veo 3.1 Lite',
        synonyms: ['veo3.1-lite'],
        task: 'text-to-video',
      },
      'veo3-1-lite-i2v': {
        endpointId: 'fal-ai/veo3.1/lite/image-to-video',
        title: 'Veo 3.1 Lite (image to video)',
      },
    },
    veoDefaults,
  ),
]

/** At 16:9; FAL counts tokens: width × height × (24 × seconds + 1) / 1024. */
const seedance2 = by('resolution', { '480p': 135_800, '720p': 303_400, '1080p': 682_000, '4k': 1_555_200 })
const seedanceDefaults: Partial<BriefEntry> = { defaults: { resolution: '720p', duration: 'auto' } }

const seedance = [
  ...family(
    'seedance',
    perSecond(seedance2, likely),
    {
      'seedance-2-i2v': {
        endpointId: 'bytedance/seedance-2.0/image-to-video',
        title: 'Seedance 2.0 (image to video)',
      },
      'seedance-2-reference': {
        endpointId: 'bytedance/seedance-2.0/reference-to-video',
        title: 'Seedance 2.0 (references)',
      },
    },
    seedanceDefaults,
  ),
  ...family(
    'seedance',
    perSecond(by('resolution', { '480p': 108_640, '720p': 242_720 }), likely),
    {
      'seedance-2-fast': {
        endpointId: 'bytedance/seedance-2.0/fast/text-to-video',
        title: 'Seedance 2.0 Fast',
      },
      'seedance-2-fast-i2v': {
        endpointId: 'bytedance/seedance-2.0/fast/image-to-video',
        title: 'Seedance 2.0 Fast (image to video)',
      },
    },
    seedanceDefaults,
  ),
  ...family(
    'seedance',
    perSecond(by('resolution', { '480p': 220_500, '720p': 473_000, '1080p': 1_164_000 }), likely),
    {
      'seedance-2-5': {
        endpointId: 'bytedance/seedance-2.5/text-to-video',
        title: 'Seedance 2.5',
        synonyms: ['seedance-2.5'],
      },
    },
    seedanceDefaults,
  ),
]

const others = [
  ...family(
    'wan',
    perSecond(by('resolution', { '480p': 50_000, '720p': 100_000, '1080p': 200_000 })),
    {
      'wan-3': { endpointId: 'alibaba/wan-3.0/text-to-video', title: 'Wan 3.0', synonyms: ['wan-3.0'] },
      'wan-3-i2v': { endpointId: 'alibaba/wan-3.0/image-to-video', title: 'Wan 3.0 (image to video)' },
      'wan-3-reference': { endpointId: 'alibaba/wan-3.0/reference-to-video', title: 'Wan 3.0 (references)' },
    },
    { defaults: { resolution: '1080p', duration: 5 } },
  ),
  ...family('wan', perSecond(by('resolution', { '720p': 100_000, '1080p': 150_000 }), likely), {
    'wan-v2-7': { endpointId: 'fal-ai/wan/v2.7/text-to-video', title: 'Wan 2.7', synonyms: ['wan-2.7'] },
    'wan-v2-7-i2v': { endpointId: 'fal-ai/wan/v2.7/image-to-video', title: 'Wan 2.7 (image to video)' },
  }),
  ...family(
    'minimax',
    perSecond(by('resolution', { '480P': 50_000, '768P': 60_000, '2K': 130_000, '4K': 160_000 })),
    {
      'minimax-h3': { endpointId: 'minimax/h3/text-to-video', title: 'MiniMax H3', synonyms: ['hailuo-3'] },
      'minimax-h3-i2v': { endpointId: 'minimax/h3/image-to-video', title: 'MiniMax H3 (image to video)' },
    },
    { defaults: { resolution: '2K', duration: 5 } },
  ),
  ...family(
    'minimax',
    {
      ...perSecond(
        by('resolution', { '480P': 50_000, '768P': 60_000, '2K': 130_000, '4K': 160_000 }),
        likely,
      ),
      note: 'Each reference image after the fifth costs 0.08 USD more.',
    },
    {
      'minimax-h3-reference': {
        endpointId: 'minimax/h3/reference-to-video',
        title: 'MiniMax H3 (references)',
      },
    },
    { defaults: { resolution: '2K', duration: 5 } },
  ),
  ...family(
    'ltx',
    perSecond(by('resolution', { '720p': 90_000, '1080p': 130_000, '1440p': 190_000, '2160p': 300_000 })),
    {
      'ltx-2-5-fast': {
        endpointId: 'lightricks/ltx-2.5/text-to-video/fast',
        title: 'LTX 2.5 Fast',
        synonyms: ['ltx-2.5'],
      },
      'ltx-2-5-fast-i2v': {
        endpointId: 'lightricks/ltx-2.5/image-to-video/fast',
        title: 'LTX 2.5 Fast (image to video)',
      },
    },
    { defaults: { resolution: '1080p', duration: 'auto' } },
  ),
  ...family(
    'pixverse',
    perSecond(
      Object.entries({ '360p': [25, 35], '540p': [35, 45], '720p': [45, 60], '1080p': [90, 115] }).flatMap(
        ([resolution, [silent = 0, sound = 0]]) =>
          withSound(silent * 1_000, sound * 1_000, 'generate_audio_switch').map((rate) => ({
            ...rate,
            when: { ...rate.when, resolution },
          })),
      ),
    ),
    {
      'pixverse-v6': { endpointId: 'fal-ai/pixverse/v6/text-to-video', title: 'PixVerse v6' },
      'pixverse-v6-i2v': {
        endpointId: 'fal-ai/pixverse/v6/image-to-video',
        title: 'PixVerse v6 (image to video)',
      },
    },
    { defaults: { resolution: '720p', generate_audio_switch: false, duration: 5 } },
  ),
  ...family(
    'grok-imagine',
    perSecond(by('resolution', { '480p': 80_000, '720p': 140_000, '1080p': 250_000 })),
    {
      'grok-imagine-video': {
        endpointId: 'xai/grok-imagine-video/v1.5/text-to-video',
        title: 'Grok Imagine Video 1.5',
      },
      'grok-imagine-video-i2v': {
        endpointId: 'xai/grok-imagine-video/v1.5/image-to-video',
        title: 'Grok Imagine Video 1.5 (image to video)',
      },
    },
    { defaults: { resolution: '720p', duration: 6 } },
  ),
  ...family(
    'gemini-omni',
    {
      ...perSecond([{ micros: 125_000 }], likely),
      note: 'By tokens, 21.875 USD a million; about this at 720p.',
    },
    {
      'gemini-omni-flash': {
        endpointId: 'google/gemini-omni-flash',
        title: 'Gemini Omni Flash',
        task: 'text-to-video',
      },
    },
    { defaults: { duration: 8 } },
  ),
  ...family(
    'flux',
    perSecond(by('resolution', { '720p': 170_000, '1080p': 290_000 })),
    { 'flux-3': { endpointId: 'blackforestlabs/flux-3/text-to-video', title: 'FLUX 3 (video)' } },
    { defaults: { resolution: '720p', duration: 'auto' } },
  ),
  ...family(
    'luma',
    {
      ...perSecond([
        { when: { resolution: '720p', hdr: true, exr_export: true }, micros: 180_000 },
        { when: { resolution: '1080p', hdr: true, exr_export: true }, micros: 720_000 },
        { when: { resolution: '720p', hdr: true }, micros: 120_000 },
        { when: { resolution: '1080p', hdr: true }, micros: 480_000 },
        ...by('resolution', { '540p': 30_000, '720p': 60_000, '1080p': 240_000 }),
      ]),
      note: 'Stated for a video of 5 seconds; 0.15 USD at 540p.',
    },
    {
      'ray-3-2-i2v': {
        endpointId: 'luma/agent/ray/v3.2/image-to-video',
        title: 'Luma Ray 3.2 (image to video)',
      },
    },
    { defaults: { resolution: '540p', hdr: false, duration: '5s' } },
  ),
]

/** As long as their audio or video input. */
const byOutput = (rates: readonly PriceRate[], confidence: Confidence): PriceRule => ({
  unit: 'second',
  rates,
  quantity: { by: 'outputVideoSeconds' },
  ...confidence,
})

const avatars = [
  ...family(
    'sync',
    { unit: 'minute', rates: [{ micros: 8_000_000 }], quantity: { by: 'outputVideoMinutes' }, ...sure },
    {
      'sync-lipsync-v3': {
        endpointId: 'fal-ai/sync-lipsync/v3',
        title: 'Sync Lipsync v3',
        task: 'video-to-video',
      },
    },
  ),
  ...family('omnihuman', byOutput([{ micros: 160_000 }], likely), {
    'omnihuman-v1-5': { endpointId: 'fal-ai/bytedance/omnihuman/v1.5', title: 'OmniHuman 1.5' },
  }),
  ...family('fabric', byOutput(by('resolution', { '480p': 80_000, '720p': 150_000 }), likely), {
    fabric: { endpointId: 'veed/fabric-1.0', title: 'VEED Fabric 1.0' },
  }),
]

export const briefVideos: readonly BriefEntry[] = [...kling, ...veo, ...seedance, ...others, ...avatars]
