/** The size in pixels that an input asks for, by the field that its model uses. */

import { isObject, type Json, type JsonObject } from '../base/json.ts'

export interface PixelSize {
  readonly width: number
  readonly height: number
}

const presets: Readonly<Record<string, PixelSize>> = {
  square_hd: { width: 1024, height: 1024 },
  square: { width: 512, height: 512 },
  portrait_4_3: { width: 768, height: 1024 },
  portrait_16_9: { width: 576, height: 1024 },
  landscape_4_3: { width: 1024, height: 768 },
  landscape_16_9: { width: 1024, height: 576 },
}

/** Above this a picture would take the simulator too long: it is drawn smaller, and its width and height say so. */
const longestSide = 4096

/** Size of an image; `input` has its defaults filled in. */
export function imageSize(input: JsonObject): PixelSize {
  const named = sizeOf(input.image_size)
  if (named) return bounded(named)
  return bounded(fromRatio(ratioOf(input.aspect_ratio) ?? 1, shortSide(input.resolution) ?? 1024))
}

/** Size of a video; sides are even, as its codec needs. */
export function videoSize(input: JsonObject): PixelSize {
  const named = sizeOf(input.video_size)
  const size = named ?? fromRatio(ratioOf(input.aspect_ratio) ?? 16 / 9, shortSide(input.resolution) ?? 720)
  const { width, height } = bounded(size)
  return { width: evenOf(width), height: evenOf(height) }
}

function sizeOf(value: Json | undefined): PixelSize | undefined {
  if (isObject(value)) {
    const { width, height } = value
    return {
      width: typeof width === 'number' ? width : 512,
      height: typeof height === 'number' ? height : 512,
    }
  }
  if (typeof value !== 'string') return undefined
  const [, width, height] = /^(\d+)x(\d+)$/.exec(value) ?? []
  return width && height ? { width: Number(width), height: Number(height) } : presets[value]
}

function ratioOf(value: Json | undefined): number | undefined {
  const [, wide, high] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(String(value)) ?? []
  const ratio = Number(wide) / Number(high)
  return Number.isFinite(ratio) && ratio > 0 ? ratio : undefined
}

/** `720p`, `512P`, `1K`, `4k`. */
function shortSide(value: Json | undefined): number | undefined {
  const [, amount, unit] = /^(\d+)([pk])$/i.exec(String(value)) ?? []
  if (!amount || !unit) return undefined
  return unit.toLowerCase() === 'p' ? Number(amount) : Math.min(Number(amount) * 1024, 2160)
}

function fromRatio(ratio: number, short: number): PixelSize {
  return ratio >= 1
    ? { width: Math.round(short * ratio), height: short }
    : { width: short, height: Math.round(short / ratio) }
}

function bounded({ width, height }: PixelSize): PixelSize {
  const scale = Math.min(1, longestSide / Math.max(width, height, 1))
  return { width: Math.max(2, Math.round(width * scale)), height: Math.max(2, Math.round(height * scale)) }
}

function evenOf(value: number): number {
  return value + (value % 2)
}
