/** FAL's way of stating the size of a picture, a preset name or {width, height}, in pixels. */

const presets: Readonly<Record<string, readonly [number, number]>> = {
  square_hd: [1024, 1024],
  square: [512, 512],
  portrait_4_3: [768, 1024],
  portrait_16_9: [576, 1024],
  landscape_4_3: [1024, 768],
  landscape_16_9: [1024, 576],
}

/** What FAL fills in for a side that the object leaves out, in pixels. */
const silentSide = 512

/** Width and height in pixels; undefined when the value names no size (`auto`). */
export function sidesOfSize(size: unknown): readonly [number, number] | undefined {
  if (typeof size === 'string') return Object.hasOwn(presets, size) ? presets[size] : undefined
  if (typeof size !== 'object' || size === null) return undefined
  const width = 'width' in size ? size.width : silentSide
  const height = 'height' in size ? size.height : silentSide
  return typeof width === 'number' && typeof height === 'number' ? [width, height] : undefined
}

/** Width times height; undefined when the value names no size. */
export function pixelsOfSize(size: unknown): number | undefined {
  const sides = sidesOfSize(size)
  return sides === undefined ? undefined : sides[0] * sides[1]
}
