/** Sizes in FAL's terms: a preset name or {width, height}; and the step between them and a ratio. */
import { pixelsOfSize, sidesOfSize } from '../../domain/media/image-size.ts'
import type { NumberRule, Parameter, SizeRule } from '../catalogue/entry.ts'

/** One side of a custom size, in pixels, where the model states no other limits. */
const usualSide: NumberRule = { type: 'integer', min: 1, max: 14142 }

/** The two sides of a custom size, each with its limits. */
export function sidesOf(
  rule: SizeRule,
): readonly [width: NumberRule & Parameter, height: NumberRule & Parameter] {
  const required = rule.bothSides === true ? { required: true } : {}
  return [
    { field: 'width', ...(rule.width ?? usualSide), ...required },
    { field: 'height', ...(rule.height ?? usualSide), ...required },
  ]
}

/** Sizes that models compute with are multiples of this, in pixels. */
const usualGrain = 16

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
 * model's default, so that an unusual ratio never costs more; larger only where the model takes none so small. Null when
 * the ratio is too extreme.
 */
export function sizeOfRatio(rule: SizeRule, ratio: string, defaultSize: unknown): unknown {
  const preset = ratioPresets[ratio]
  if (preset !== undefined && rule.allowed.includes(preset)) return preset
  const shape = parseRatio(ratio)
  if (shape === null) return null
  const aspect = shape[0] / shape[1]
  if (aspect > extremest || aspect < 1 / extremest) return null
  const area = areaWithin(rule, aspect, pixelsOfSize(defaultSize) ?? 1024 * 768)
  const down = snapped(rule, aspect, area, Math.floor)
  return down.width * down.height < (rule.minPixels ?? 0) ? snapped(rule, aspect, area, Math.ceil) : down
}

/** The pixels of a size of this shape, brought within the limits of the whole and of each side. */
function areaWithin(rule: SizeRule, aspect: number, wanted: number): number {
  const [width, height] = sidesOf(rule)
  const areas = (w: number, h: number) => [w ** 2 / aspect, h ** 2 * aspect]
  const least = Math.max(rule.minPixels ?? 0, ...areas(width.min ?? 0, height.min ?? 0))
  const most = Math.min(rule.maxPixels ?? Infinity, ...areas(width.max ?? Infinity, height.max ?? Infinity))
  return Math.min(Math.max(wanted, least), most)
}

function snapped(rule: SizeRule, aspect: number, area: number, round: (grains: number) => number) {
  const side = ({ min = 0, multipleOf: grain = usualGrain }: NumberRule, length: number) => {
    const snapped = Math.max(grain, round(length / grain) * grain)
    return snapped < min ? snapped + grain : snapped
  }
  const [width, height] = sidesOf(rule)
  return { width: side(width, Math.sqrt(area * aspect)), height: side(height, Math.sqrt(area / aspect)) }
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
