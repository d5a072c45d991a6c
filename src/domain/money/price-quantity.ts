/** Counts the units of a price: from the request, from facts of the media, or not at all, and then says why. */
import { readSeconds, secondsOfFrames } from '../duration.ts'
import { pixelsOfSize } from '../media/image-size.ts'
import type { PriceFacts, PriceQuantity } from './price-rule.ts'

/**
 * One megapixel as FAL bills it. FAL does not publish whether it means 1,000,000 or 1,048,576; the one paid
 * measurement known (1024 × 1024 billed as one, with rounding up) only fits the latter.
 */
const megapixel = 1024 * 1024

export interface Quantity {
  units: number | null
  atMost: number | null
  reason: string | null
}

export function quantityOf(
  rule: PriceQuantity,
  input: Readonly<Record<string, unknown>>,
  facts: PriceFacts,
): Quantity {
  switch (rule.by) {
    case 'request':
      return exactly(1)
    case 'images':
      return exactly(facts.outputFiles ?? count(input.num_images) * count(input.max_images))
    case 'imageMegapixels':
      return imageMegapixels(rule, input, facts)
    case 'seconds':
      return requestedSeconds(rule, input, facts)
    case 'fixedSeconds':
      return exactly(rule.seconds)
    case 'frames':
      return known(numberOf(input[rule.field]), `${rule.field} is not set`, (frames) =>
        secondsOfFrames(frames, rule.framesPerSecond),
      )
    case 'characters':
      return exactly(typeof input[rule.field] === 'string' ? [...String(input[rule.field])].length / 1000 : 0)
    case 'videoTokens':
      return videoTokens(rule, input)
    case 'counted':
      return countedQuantity(rule, input)
    case 'inputVideoSeconds':
      return known(facts.inputVideoSeconds, 'depends on the length of the input video', (seconds) =>
        rule.blockSeconds === undefined
          ? seconds
          : Math.ceil(seconds / rule.blockSeconds) * rule.blockSeconds,
      )
    case 'outputVideoSeconds':
      return known(facts.outputSeconds, 'depends on the length of the output video')
    case 'outputVideoMinutes':
      return known(
        facts.outputSeconds,
        'depends on the length of the output video',
        (seconds) => seconds / 60,
      )
    case 'outputImageMegapixels':
      return known(
        outputPixels(facts),
        'depends on the size of the input image',
        (pixels) => pixels / megapixel,
      )
    case 'outputVideoMegapixels':
      return known(
        videoPixels(facts),
        'depends on the size and length of the input video',
        (p) => p / 1_000_000,
      )
    case 'computeSeconds':
      return known(facts.computeSeconds, 'billed by GPU time, known only after the run')
  }
}

function imageMegapixels(
  rule: Extract<PriceQuantity, { by: 'imageMegapixels' }>,
  input: Readonly<Record<string, unknown>>,
  facts: PriceFacts,
): Quantity {
  const asked = input[rule.sizeField]
  const silent = rule.silentSize
  const useSilent =
    silent !== undefined && (silent.unless === undefined || input[silent.unless] === undefined)
  const size = asked === undefined || asked === null ? (useSilent ? silent.preset : null) : asked
  const pixels = outputPixels(facts) ?? pixelsOfSize(size)
  const images = facts.outputFiles ?? count(input.num_images)
  return known(pixels, `the size of the image is not fixed by ${rule.sizeField}`, (p) => {
    return Math.max(1, Math.ceil(p / megapixel)) * images
  })
}

function requestedSeconds(
  rule: Extract<PriceQuantity, { by: 'seconds' }>,
  input: Readonly<Record<string, unknown>>,
  facts: PriceFacts,
): Quantity {
  const seconds = readSeconds(input[rule.field]) ?? facts.outputSeconds
  if (seconds !== undefined) return exactly(seconds)
  const reason = `the model picks the length itself unless ${rule.field} is set`
  return { units: null, atMost: rule.maxSeconds ?? null, reason }
}

function videoTokens(
  rule: Extract<PriceQuantity, { by: 'videoTokens' }>,
  input: Readonly<Record<string, unknown>>,
): Quantity {
  const perSecond = rule.tokensPerSecond[String(input.resolution)]
  const frames = numberOf(input[rule.framesField])
  const seconds =
    frames === undefined
      ? readSeconds(input[rule.secondsField])
      : secondsOfFrames(frames, rule.framesPerSecond)
  if (perSecond === undefined)
    return { units: null, atMost: null, reason: 'no token rate for this resolution' }
  return known(seconds, `${rule.secondsField} is not set`, (s) => (perSecond * s) / 1_000_000)
}

function countedQuantity(
  { of, field, timesField, perUnit = 1 }: Extract<PriceQuantity, { by: 'counted' }>,
  input: Readonly<Record<string, unknown>>,
): Quantity {
  const times = timesField === undefined ? 1 : count(input[timesField])
  if (of === 'runs' || of === 'images') return exactly(times)
  const value = field === undefined ? undefined : input[field]
  const amount = countOf(of, value)
  return known(
    amount,
    `${field ?? 'what FAL counts'} is not fixed by the request`,
    (n) => (n / perUnit) * times,
  )
}

function countOf(
  of: 'seconds' | 'milliseconds' | 'megapixels' | 'characters',
  value: unknown,
): number | undefined {
  if (of === 'characters') return typeof value === 'string' ? [...value].length : undefined
  if (of === 'seconds') return readSeconds(value)
  if (of === 'milliseconds') return typeof value === 'number' ? value / 1000 : undefined
  const pixels = pixelsOfSize(value)
  return pixels === undefined ? undefined : Math.max(1, Math.ceil(pixels / megapixel))
}

function exactly(units: number): Quantity {
  return { units, atMost: null, reason: null }
}

function known(
  fact: number | undefined,
  reason: string,
  toUnits: (fact: number) => number = (n) => n,
): Quantity {
  return fact === undefined ? { units: null, atMost: null, reason } : exactly(toUnits(fact))
}

function count(value: unknown): number {
  return numberOf(value) ?? 1
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

function outputPixels(facts: PriceFacts): number | undefined {
  const { outputWidth: width, outputHeight: height } = facts
  return width === undefined || height === undefined ? undefined : width * height
}

function videoPixels(facts: PriceFacts): number | undefined {
  const pixels = outputPixels(facts)
  return pixels === undefined || facts.outputFrames === undefined ? undefined : pixels * facts.outputFrames
}
