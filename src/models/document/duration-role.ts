/** Which field of a model is its duration, and how it counts: seconds, texts of seconds, milliseconds or frames. */
import { encodingOfText } from '../../domain/duration.ts'
import type { Encoding, KnownModel, Parameter, ValueRule } from '../catalogue/entry.ts'
import type { Bound } from './roles.ts'

const secondsFields = [
  'duration',
  'duration_seconds',
  'duration_s',
  'seconds',
  'seconds_total',
  'video_length',
  'video_duration',
  'audio_duration',
  'length_seconds',
  'length',
]
const millisecondsFields = ['duration_ms', 'music_length_ms', 'length_ms']
const framesFields = ['num_frames', 'number_of_frames', 'frame_count']
const frameRateFields = ['fps', 'frames_per_second', 'frame_rate', 'video_fps']

export interface DurationRole {
  readonly field: string
  readonly bound: Bound
  readonly frameRate?: NonNullable<KnownModel['frameRate']>
}

/** Null: the model has no duration that can be said in seconds. */
export function durationRole(parameters: readonly Parameter[]): DurationRole | null {
  const find = (names: readonly string[], fits: (parameter: Parameter) => boolean) =>
    names
      .map((name) => parameters.find(({ field }) => field === name))
      .find((parameter) => parameter !== undefined && fits(parameter))
  const seconds = find(secondsFields, (parameter) => hasNumbers(parameter) || textForm(parameter) !== null)
  if (seconds !== undefined) {
    const encoding = hasNumbers(seconds) ? undefined : textForm(seconds)
    return { field: seconds.field, bound: { param: 'durationSeconds', ...(encoding ? { encoding } : {}) } }
  }
  const milliseconds = find(millisecondsFields, hasNumbers)
  if (milliseconds !== undefined) {
    return { field: milliseconds.field, bound: { param: 'durationSeconds', encoding: 'milliseconds' } }
  }
  const frames = find(framesFields, ({ type }) => type === 'integer')
  // Without FAL's own frame rate the seconds of a number of frames would be a guess.
  const rate = find(frameRateFields, (parameter) => hasNumbers(parameter) && isPositive(parameter.default))
  if (frames === undefined || typeof rate?.default !== 'number') return null
  return {
    field: frames.field,
    bound: { param: 'durationSeconds', encoding: 'frames' },
    frameRate: { default: rate.default, field: rate.field },
  }
}

function hasNumbers(rule: ValueRule): boolean {
  if (rule.type === 'union') return rule.options.some(hasNumbers)
  if (rule.type === 'choice') return rule.allowed.some((value) => typeof value === 'number')
  return rule.type === 'integer' || rule.type === 'number'
}

/** `"8s"` or `"5"`, by the listed values, else by the default; null when neither says. */
function textForm(parameter: Parameter): Encoding | null {
  if (parameter.type !== 'string' || parameter.media !== undefined) return null
  const texts = parameter.allowed ?? [parameter.default]
  const form = texts.map(encodingOfText).find((encoding) => encoding !== null)
  return form === undefined || parameter.open === true ? null : form
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0
}
