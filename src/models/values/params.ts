/** The normalized parameters a caller may send: their types, and the check that a record holds only those. */
import { type ParamName, paramNames } from '../catalogue/entry.ts'

export interface Params {
  prompt?: string
  negativePrompt?: string
  /** `16:9`, or `auto` where the model takes it. */
  aspectRatio?: string
  durationSeconds?: number
  /** Frames a second. */
  fps?: number
  /** In the model's own spelling: `720p`, `512P`, `1K`. */
  resolution?: string
  guidanceScale?: number
  /** Inference steps. */
  steps?: number
  seed?: number
  numOutputs?: number
  enableAudio?: boolean
  inputImageUrl?: string
  inputImageUrls?: string[]
  inputVideoUrl?: string
  inputAudioUrl?: string
}

/** One thing the service changed in what the caller asked, so that the model accepts it. */
export interface Warning {
  /** `durationSeconds`, or `input.num_images` for a FAL field. */
  field: string
  from: unknown
  to: unknown
  reason: string
}

const paramTypes: Readonly<Record<ParamName, 'string' | 'number' | 'boolean' | 'strings'>> = {
  prompt: 'string',
  negativePrompt: 'string',
  aspectRatio: 'string',
  durationSeconds: 'number',
  fps: 'number',
  resolution: 'string',
  guidanceScale: 'number',
  steps: 'number',
  seed: 'number',
  numOutputs: 'number',
  enableAudio: 'boolean',
  inputImageUrl: 'string',
  inputImageUrls: 'strings',
  inputVideoUrl: 'string',
  inputAudioUrl: 'string',
}

const knownNames: ReadonlySet<string> = new Set(paramNames)

export function isParamName(name: string): name is ParamName {
  return knownNames.has(name)
}

/** Whether `value` has the type that the parameter `name` has. */
export function hasParamType(name: ParamName, value: unknown): boolean {
  const type = paramTypes[name]
  if (type !== 'strings') return typeof value === type
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** How the type of `name` is called in an error. */
export function paramTypeName(name: ParamName): string {
  return paramTypes[name] === 'strings' ? 'list of strings' : paramTypes[name]
}

/** Whether a record holds only normalized parameters of the right types. */
export function isParams(record: Record<string, unknown>): record is Record<string, unknown> & Params {
  return Object.entries(record).every(([name, value]) => isParamName(name) && hasParamType(name, value))
}
