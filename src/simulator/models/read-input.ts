/** Reads what the simulator needs from a model's input: defaults, prompt, seed, length and number of outputs. */

import { isObject, type Json, type JsonObject } from '../base/json.ts'
import { seedOf } from '../base/random.ts'
import type { ModelEntry } from './data/model-entry.ts'

/** The input with the model's defaults filled in. */
export function withDefaults(model: ModelEntry | null, input: Json): JsonObject {
  const given = isObject(input) ? input : {}
  const defaults = (model?.input ?? []).flatMap((field) =>
    field.default === undefined ? [] : [[field.name, field.default] as const],
  )
  return { ...Object.fromEntries(defaults), ...withoutNull(given) }
}

/** The text a model works from, for logs and for counting submits; empty when it has none. */
export function promptOf(input: Json): string {
  if (!isObject(input)) return ''
  for (const key of ['prompt', 'text', 'lyrics_prompt']) {
    const value = input[key]
    if (typeof value === 'string') return value
  }
  return ''
}

/** The seed asked for, else one drawn from the input, so that a repeated request gives the same picture. */
export function seedFor(input: JsonObject, inputText: string): number | bigint {
  const { seed } = input
  return typeof seed === 'number' || typeof seed === 'bigint' ? seed : seedOf(inputText)
}

/** Number of files in an output that is a list. */
export function outputCount(input: JsonObject): number {
  const asked = typeof input.num_images === 'number' ? input.num_images : 1
  return Math.min(Math.max(1, Math.trunc(asked)), 16)
}

export function framesPerSecond(input: JsonObject): number {
  const asked = input.fps ?? input.frames_per_second ?? input.export_fps
  return typeof asked === 'number' ? Math.min(Math.max(1, Math.round(asked)), 60) : 24
}

/** Seconds of video or sound asked for: `"8s"`, `"5"`, 5, or frames over rate; 5 when the model has no such field. */
export function secondsOf(input: JsonObject): number {
  const named = input.duration ?? input.duration_seconds ?? input.seconds_total
  const frames = input.num_frames
  const seconds =
    named === undefined ? Number(frames) / framesPerSecond(input) : Number.parseFloat(String(named))
  return Number.isFinite(seconds) ? Math.min(Math.max(0.5, seconds), 30) : 5
}

function withoutNull(input: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
}
