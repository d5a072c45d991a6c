/** A request for each model that goes through without a change: what the catalogue shows to start from. */

import { listedSeconds } from './bind-duration.ts'
import type { ModelEntry, Parameter, ParamName } from './catalogue/entry.ts'
import { isParams, type Params } from './params.ts'
import { ratioNames } from './ratio.ts'

export interface Example {
  model: string
  params: Params
  /** FAL fields that have no normalized name and that the model demands. */
  input?: Record<string, unknown>
}

export function exampleOf(entry: ModelEntry): Example {
  const params: Record<string, unknown> = {}
  const input: Record<string, unknown> = {}
  for (const parameter of entry.parameters) {
    const value = parameter.param === undefined ? undefined : sampleParam(entry, parameter.param, parameter)
    if (value !== undefined && parameter.param !== undefined) params[parameter.param] = value
    if (parameter.required === true && parameter.param === undefined)
      input[parameter.field] = sampleText(parameter)
  }
  if (!isParams(params)) throw new Error(`no example can be made for ${entry.alias}`)
  return { model: entry.alias, params, ...(Object.keys(input).length > 0 ? { input } : {}) }
}

function sampleParam(entry: ModelEntry, param: ParamName, parameter: Parameter): unknown {
  if (param === 'prompt') return sampleText(parameter)
  if (param === 'aspectRatio') {
    const names = ratioNames(parameter)
    return names.includes('16:9') ? '16:9' : names.find((name) => name !== 'auto')
  }
  if (param === 'durationSeconds') return listedSeconds(parameter, entry.frameRate)?.[0] ?? 5
  if (parameter.required !== true) return undefined
  const address = sampleFiles[param]
  return param === 'inputImageUrls' ? [address] : address
}

const sampleFiles: Partial<Readonly<Record<ParamName, string>>> = {
  inputImageUrl: 'https://example.com/fox.png',
  inputImageUrls: 'https://example.com/fox.png',
  inputVideoUrl: 'https://example.com/fox.mp4',
  inputAudioUrl: 'https://example.com/fox.mp3',
}

function sampleText(parameter: Parameter): string {
  const text = 'A red fox crosses a snowy field at dawn, soft light, gentle wind'
  return parameter.type === 'string' ? text.slice(0, parameter.maxLength) : text
}
