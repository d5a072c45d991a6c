/** Catalogue data: the six size names nearly every image model of FAL takes. */
export const presets = [
  'square_hd',
  'square',
  'portrait_4_3',
  'portrait_16_9',
  'landscape_4_3',
  'landscape_16_9',
] as const
