/** Endpoints that FAL or the model's maker has ended, with what to use in their place. */

/** Aliases of successors, by endpoint id. Sources: FAL's list of 2026-08-22, the makers' announcements. */
export const successors: Readonly<Record<string, string>> = {
  'fal-ai/veo3': 'veo3-1',
  'fal-ai/veo3/fast': 'veo3-1-fast',
  'fal-ai/veo3/fast/image-to-video': 'veo3-1-i2v',
  'fal-ai/imagen4/preview': 'nano-banana-2',
  'fal-ai/sora-2/text-to-video': 'seedance-2-5',
  'fal-ai/sora-2/image-to-video': 'kling-v3-pro-i2v',
  'fal-ai/ltx-2/text-to-video': 'ltx-2-5-fast',
  'fal-ai/gpt-image-1/text-to-image': 'gpt-image-2-5',
}
