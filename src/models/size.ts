/** Sizes in FAL's terms: a preset name or {width, height}; and the step between them and a ratio. */
import { pixelsOfSize, sidesOfSize } from '../domain/media/image-size.ts'
import type { NumberRule, SizeRule } from './catalogue/entry.ts'

/** One side of a custom size, in pixels. */
export const sideRule: NumberRule = { type: 'integer', min: 1, max: 14142 }

/** Sizes that models compute with are multiples of this, in pixels. */
const grain = 16

/** Ratios more extreme than this are refused; FAL publishes no bound, its models draw nothing useful beyond it. */
const extremest = 4

const ratioPresets: Readonly<Record<string, string>> = {
  '1:1': 'square_hd',
  '4:3': 'landscape_4_3',
  '3:4': 'portrait_4_3',
  '16:9': 'landscape_16_9',
  '9:16': 'portrait_16_9',
}

/** Width and height of `16:9`; null when the text is no ratio. */
export function parseRatio(text: string): readonly [number, number] | null {
  const match = /^([1-9]\d{0,4}):([1-9]\d{0,4})$/.exec(text)
  return match === null ? null : [Number(match[1]), Number(match[2])]
}

/** Whether two ratios are the same shape, however written. */
export function sameShape(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] * b[1] === a[1] * b[0]
}

/** The ratios that have a preset of their own in this rule. */
export function presetRatios(rule: SizeRule): string[] {
  return Object.entries(ratioPresets)
    .filter(([, preset]) => rule.allowed.includes(preset))
    .map(([ratio]) => ratio)
}

/**
 * The size of a ratio: its preset, else the largest {width, height} of that shape that has no more pixels than the
 * model's default, so that an unusual ratio never costs more. Null when the ratio is too extreme.
 */
export function sizeOfRatio(rule: SizeRule, ratio: string, defaultSize: unknown): unknown {
  const preset = ratioPresets[ratio]
  if (preset !== undefined && rule.allowed.includes(preset)) return preset
  const shape = parseRatio(ratio)
  if (shape === null) return null
  const aspect = shape[0] / shape[1]
  if (aspect > extremest || aspect < 1 / extremest) return null
  const area = pixelsOfSize(defaultSize) ?? 1024 * 768
  const side = (length: number) => Math.max(grain, Math.floor(length / grain) * grain)
  return { width: side(Math.sqrt(area * aspect)), height: side(Math.sqrt(area / aspect)) }
}

/** The ratio a size stands for; undefined when it is not a plain one. */
export function ratioOfSize(size: unknown): string | undefined {
  if (typeof size === 'string') {
    return Object.entries(ratioPresets).find(([, preset]) => preset === size)?.[0]
  }
  const sides = sidesOfSize(size)
  if (sides === undefined) return undefined
  const divisor = greatestDivisor(sides[0], sides[1])
  return `${sides[0] / divisor}:${sides[1] / divisor}`
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
