/** An example request for each model that passes unchanged, shown in the catalogue. */

import { listedSeconds, secondsRange } from './bind-duration.ts'
import type { KnownModel, Parameter, ParamName } from './catalogue/entry.ts'
import { ratioNames } from './ratio.ts'
import { isParams, type Params } from './values/params.ts'
import { sampleFile, sampleText, sampleValue } from './values/sample-value.ts'

export interface Example {
  model: string
  params: Params
  /** FAL fields that have no normalized name and that the model demands. */
  input?: Record<string, unknown>
}

export function exampleOf(entry: KnownModel): Example {
  const params: Record<string, unknown> = {}
  const input: Record<string, unknown> = {}
  for (const parameter of entry.parameters) {
    const value = parameter.param === undefined ? undefined : sampleParam(entry, parameter.param, parameter)
    if (value !== undefined && parameter.param !== undefined) params[parameter.param] = value
    if (parameter.required === true && parameter.param === undefined)
      input[parameter.field] = parameter.default ?? sampleValue(parameter)
  }
  if (!isParams(params)) throw new Error(`no example can be made for ${entry.alias}`)
  return { model: entry.alias, params, ...(Object.keys(input).length > 0 ? { input } : {}) }
}

function sampleParam(entry: KnownModel, param: ParamName, parameter: Parameter): unknown {
  if (param === 'prompt') return parameter.type === 'string' ? sampleText(parameter) : undefined
  if (param === 'aspectRatio') {
    const names = ratioNames(parameter)
    return names.includes('16:9') ? '16:9' : names.find((name) => name !== 'auto')
  }
  if (param === 'durationSeconds') return sampleSeconds(entry, parameter)
  if (parameter.required !== true) return undefined
  if (param === 'inputImageUrls') return [sampleFile('image')]
  return sampleValue(parameter.type === 'array' ? parameter.items : parameter)
}

function sampleSeconds(entry: KnownModel, parameter: Parameter): number {
  const listed = listedSeconds(parameter, entry.frameRate)?.[0]
  if (listed !== undefined) return listed
  const { min = 0, max = Infinity } = secondsRange(parameter, entry.frameRate)
  return Math.min(Math.max(5, min), max)
}
