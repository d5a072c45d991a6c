/** Binds durationSeconds to a model's field: a duration the model cannot make becomes the nearest it can, with a warning. */
import { frameCount, readFramesText, readSeconds } from '../domain/duration.ts'
import type { Binding, Encoded, FalInput } from './binding.ts'
import type { ModelEntry, NumberRule, Parameter } from './catalogue/entry.ts'
import { checkValue } from './check-value.ts'
import { refuse, warn } from './findings.ts'
import { nearest, normalizeNumber } from './number-limits.ts'

type FrameRate = NonNullable<ModelEntry['frameRate']>

export function bindDuration(parameter: Parameter, frameRate: FrameRate | undefined): Binding {
  const codec = codecOf(parameter, frameRate)
  return {
    param: 'durationSeconds',
    field: parameter.field,
    encode(value, input, at, findings) {
      if (typeof value !== 'number' || !Number.isFinite(value)) {
        return refuse(findings, at, 'wrong_type', 'Must be a number of seconds.')
      }
      const coded = codec.encode(value, input)
      if (coded.shown !== value) warn(findings, at, value, coded.shown, coded.reason)
      // The encoding keeps within the limits by construction; a catalogue entry that contradicts itself is caught here.
      return checkValue(parameter, coded.fal, at, findings) === null ? null : coded
    },
    decode: codec.decode,
  }
}

/** The seconds a model can make, when they are a closed list. */
export function listedSeconds(
  parameter: Parameter,
  frameRate: FrameRate | undefined,
): readonly number[] | undefined {
  if (parameter.type !== 'string') return parameter.type === 'array' ? undefined : numbersOf(parameter)
  const read = textReader(parameter, frameRate)
  return (parameter.allowed ?? [])
    .map(read)
    .filter((seconds) => seconds !== undefined)
    .sort((a, b) => a - b)
}

/** The shortest and longest a model can make; where frames are counted, at its default frame rate. Seconds. */
export function secondsRange(
  parameter: Parameter,
  frameRate: FrameRate | undefined,
): { min?: number; max?: number } {
  if (parameter.type !== 'integer' && parameter.type !== 'number') return {}
  const toSeconds = (value: number) =>
    parameter.encoding === 'frames' ? frameCount.read(value, frameRate?.default ?? 16) : value
  return {
    ...(parameter.min === undefined ? {} : { min: toSeconds(parameter.min) }),
    ...(parameter.max === undefined ? {} : { max: toSeconds(parameter.max) }),
  }
}

interface Codec {
  encode(seconds: number, input: FalInput): Encoded & { readonly shown: number; readonly reason: string }
  decode(value: unknown, input: FalInput): number | undefined
}

function codecOf(parameter: Parameter, frameRate: FrameRate | undefined): Codec {
  if (parameter.encoding === 'frames' && parameter.type === 'integer')
    return framesCodec(parameter, frameRate)
  if (parameter.type === 'integer' || parameter.type === 'number') return numberCodec(parameter)
  return textCodec(parameter, frameRate)
}

function numberCodec(rule: NumberRule): Codec {
  return {
    encode(seconds) {
      const mended = normalizeNumber(rule, seconds)
      return { fal: mended.value, shown: mended.value, reason: mended.reason ?? '' }
    },
    decode: (value) => (typeof value === 'number' ? value : undefined),
  }
}

function textCodec(parameter: Parameter, frameRate: FrameRate | undefined): Codec {
  const seconds = listedSeconds(parameter, frameRate) ?? []
  const texts = parameter.type === 'string' ? (parameter.allowed ?? []) : []
  const read = textReader(parameter, frameRate)
  const reason = `nearest of ${seconds.join(', ')}`
  return {
    encode(value) {
      const shown = nearest(seconds, value)
      return { fal: texts.find((text) => read(text) === shown), shown, reason }
    },
    decode(value) {
      return typeof value === 'string' && texts.includes(value) ? read(value) : undefined
    },
  }
}

/** Seconds of one of the parameter's texts; undefined for one that names none, such as `auto`. */
function textReader(parameter: Parameter, frameRate: FrameRate | undefined) {
  const rate = frameRate?.default ?? 24
  return parameter.encoding === 'frames-text' ? (text: string) => readFramesText(text, rate) : readSeconds
}

function framesCodec(rule: NumberRule, frameRate: FrameRate | undefined): Codec {
  const rateOf = (input: FalInput) => {
    const rate = frameRate?.field === undefined ? undefined : input[frameRate.field]
    return typeof rate === 'number' && rate > 0 ? rate : (frameRate?.default ?? 16)
  }
  const toSeconds = (frames: number, rate: number) => Math.round(frameCount.read(frames, rate) * 1000) / 1000
  return {
    encode(seconds, input) {
      const rate = rateOf(input)
      const frames = normalizeNumber({ ...rule, type: 'integer' }, frameCount.write(seconds, rate)).value
      return {
        fal: frames,
        shown: toSeconds(frames, rate),
        reason: `${frames} frames at ${rate} a second; the model takes ${rule.min ?? 1} to ${rule.max ?? 'any number of'} frames`,
      }
    },
    decode: (value, input) => (typeof value === 'number' ? toSeconds(value, rateOf(input)) : undefined),
  }
}

function numbersOf(parameter: Parameter): readonly number[] | undefined {
  return parameter.type === 'integer' || parameter.type === 'number' ? parameter.allowed : undefined
}
