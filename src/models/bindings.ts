/** Binds every normalized parameter of a model to its FAL field. */

import { bindDuration } from './bind-duration.ts'
import type { Binding } from './binding.ts'
import type { KnownModel, Parameter, ParamName } from './catalogue/entry.ts'
import { bindRatio } from './ratio.ts'
import { checkValue } from './values/check-value.ts'
import { tooBig } from './values/findings.ts'

/** Every parameter a model takes under a normalized name; the frame rate first, since durations may need it. */
export function bindingsOf(entry: KnownModel): readonly Binding[] {
  const bindings = entry.parameters.flatMap((parameter) => bind(entry, parameter))
  return bindings.toSorted((a, b) => Number(b.param === 'fps') - Number(a.param === 'fps'))
}

function bind(entry: KnownModel, parameter: Parameter): Binding[] {
  const { param } = parameter
  if (param === undefined) return []
  if (param === 'durationSeconds') return [bindDuration(parameter, entry.frameRate)]
  if (param === 'aspectRatio') return [bindRatio(parameter)]
  if (param === 'inputImageUrls') {
    const plain = bindPlain(param, parameter)
    return takesOneImageAlone(entry) ? [plain] : [plain, bindSingle('inputImageUrl', parameter)]
  }
  if (parameter.type === 'array') return [bindSingle(param, parameter)]
  return [param === 'seed' ? bindSeed(parameter) : bindPlain(param, parameter)]
}

/** Whether one image has a field of its own beside the list of images. */
export function takesOneImageAlone(entry: KnownModel): boolean {
  return entry.parameters.some(({ param }) => param === 'inputImageUrl')
}

function bindPlain(param: ParamName, parameter: Parameter): Binding {
  return {
    param,
    field: parameter.field,
    encode(value, _input, at, findings) {
      const accepted = checkValue(parameter, value, at, findings)
      return accepted === null ? null : { fal: accepted.value, shown: accepted.value }
    },
    decode: (value) => value ?? undefined,
  }
}

/** A seed is a name, not a quantity: a fraction is refused rather than rounded. */
function bindSeed(parameter: Parameter): Binding {
  const plain = bindPlain('seed', parameter)
  return {
    ...plain,
    encode(value, input, at, findings) {
      if (Number.isSafeInteger(value)) return plain.encode(value, input, at, findings)
      return tooBig(at, findings)
    },
    decode: (value) => (Number.isSafeInteger(value) ? value : undefined),
  }
}

/** One URL for a field that takes a list. */
function bindSingle(param: ParamName, parameter: Parameter): Binding {
  return {
    param,
    field: parameter.field,
    encode(value, _input, at, findings) {
      const item = parameter.type === 'array' ? parameter.items : parameter
      const accepted = checkValue(item, value, at, findings)
      return accepted === null ? null : { fal: [accepted.value], shown: accepted.value }
    },
    decode: () => undefined,
  }
}
