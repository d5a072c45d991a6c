/**
 * Binds durationSeconds to a model's field: a duration that the model does not support becomes the nearest supported
 * one, with a warning.
 */
import { frameCount, milliseconds, readFramesText, readSeconds, writeSeconds } from '../domain/duration.ts'
import type { Binding, Encoded, FalInput } from './binding.ts'
import type { KnownModel, NumberRule, Parameter, ValueRule } from './catalogue/entry.ts'
import { checkValue } from './values/check-value.ts'
import { refuse, warn } from './values/findings.ts'
import { nearest, normalizeNumber } from './values/number-limits.ts'

type FrameRate = NonNullable<KnownModel['frameRate']>

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
  if (parameter.type !== 'string') return numbersOf(parameter)?.allowed
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
  const rule = numbersOf(parameter)
  if (rule === undefined) return {}
  const toSeconds = (value: number) => {
    if (parameter.encoding === 'frames') return frameCount.read(value, frameRate?.default ?? 16)
    return parameter.encoding === 'milliseconds' ? milliseconds.read(value) : value
  }
  return {
    ...(rule.min === undefined ? {} : { min: toSeconds(rule.min) }),
    ...(rule.max === undefined ? {} : { max: toSeconds(rule.max) }),
  }
}

interface Codec {
  encode(seconds: number, input: FalInput): Encoded & { readonly shown: number; readonly reason: string }
  decode(value: unknown, input: FalInput): number | undefined
}

function codecOf(parameter: Parameter, frameRate: FrameRate | undefined): Codec {
  const rule = numbersOf(parameter)
  if (rule === undefined) {
    const isOpen = parameter.type === 'string' && parameter.allowed === undefined
    return isOpen ? openTextCodec(parameter) : textCodec(parameter, frameRate)
  }
  if (parameter.encoding === 'frames') return framesCodec(rule, frameRate)
  return numberCodec(rule, parameter.encoding === 'milliseconds' ? milliseconds : plainSeconds)
}

const plainSeconds = { write: (seconds: number) => seconds, read: (seconds: number) => seconds }

function numberCodec(rule: NumberRule, unit: typeof plainSeconds): Codec {
  return {
    encode(seconds) {
      const normalized = normalizeNumber(rule, unit.write(seconds))
      return { fal: normalized.value, shown: unit.read(normalized.value), reason: normalized.reason ?? '' }
    },
    decode: (value) => (typeof value === 'number' ? unit.read(value) : undefined),
  }
}

/** A text without a list: the model takes any number of seconds, written its way. */
function openTextCodec({ encoding }: Parameter): Codec {
  return {
    encode: (seconds) => ({
      fal: writeSeconds(seconds, encoding === 'seconds+s'),
      shown: seconds,
      reason: '',
    }),
    decode: (value) => (typeof value === 'string' ? readSeconds(value) : undefined),
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

/** The numbers among what a parameter takes: of `["auto", 5, 6]` 5 and 6. */
function numbersOf(rule: ValueRule): NumberRule | undefined {
  if (rule.type === 'integer' || rule.type === 'number') return rule
  if (rule.type === 'union') return rule.options.map(numbersOf).find((numbers) => numbers !== undefined)
  if (rule.type !== 'choice') return undefined
  const allowed = rule.allowed.filter((value) => typeof value === 'number')
  return allowed.length === 0 ? undefined : { type: 'number', allowed }
}
