/**
 * An aspect ratio in FAL's encodings: as it is, as a size preset, as {width, height}, as `1024x1536`. The same shape
 * written otherwise (`1920:1080`) is normalized; an unsupported shape is refused with the supported ones.
 */
import type { Binding, Encoded } from './binding.ts'
import type { Parameter, TextRule } from './catalogue/entry.ts'
import { checkValue } from './values/check-value.ts'
import { createFindings, type Findings, type Place, refuse, warn } from './values/findings.ts'
import { parseRatio, presetRatios, ratioOfSize, sameShape, sizeOfRatio } from './values/size.ts'

export function bindRatio(parameter: Parameter): Binding {
  const names = ratioNames(parameter)
  const fromRatio = encoderOf(parameter)
  const toRatio = decoderOf(parameter)
  return {
    param: 'aspectRatio',
    field: parameter.field,
    encode(value, _input, at, findings) {
      if (typeof value !== 'string')
        return refuse(findings, at, 'wrong_type', 'Must be a string such as 16:9.', names)
      const spelled = spell(value, names)
      const fal = fromRatio(spelled)
      if (fal === undefined || !isTaken(parameter, fal, at))
        return refuseRatio(parameter, names, at, findings)
      if (spelled !== value) warn(findings, at, value, spelled, 'the same ratio as the model writes it')
      return { fal, shown: spelled } satisfies Encoded
    },
    decode(value) {
      const ratio = toRatio(value)
      return ratio !== undefined && sameValue(fromRatio(ratio), value) ? ratio : undefined
    },
  }
}

/** The ratios a model lists, `auto` among them where it takes it. */
export function ratioNames(parameter: Parameter): readonly string[] {
  if (parameter.type === 'size') {
    return [...presetRatios(parameter), ...(parameter.allowed.includes('auto') ? ['auto'] : [])]
  }
  if (parameter.type !== 'string') return []
  return (parameter.allowed ?? []).map((text) =>
    parameter.encoding === 'pixels' ? ratioOfPixels(text) : text,
  )
}

/** Whether a model takes ratios beside those it lists. */
export function takesAnyRatio(parameter: Parameter): boolean {
  return parameter.type === 'size' || (parameter.type === 'string' && isOpen(parameter))
}

/** Whether a text takes more than it lists. */
function isOpen({ allowed, open }: TextRule): boolean {
  return open === true || allowed === undefined
}

/** A computed size may miss the model's limits, and an unlisted ratio its pattern. */
function isTaken(parameter: Parameter, fal: unknown, at: Place): boolean {
  const own = createFindings()
  return checkValue(parameter, fal, at, own) !== null && own.warnings.length === 0
}

function encoderOf(parameter: Parameter): (ratio: string) => unknown {
  if (parameter.type === 'size') {
    return (ratio) =>
      ratio === 'auto' && parameter.allowed.includes('auto')
        ? 'auto'
        : (sizeOfRatio(parameter, ratio, parameter.default) ?? undefined)
  }
  if (parameter.type !== 'string') return () => undefined
  const byRatio = new Map(ratioNames(parameter).map((ratio, index) => [ratio, parameter.allowed?.[index]]))
  if (!isOpen(parameter)) return (ratio) => byRatio.get(ratio)
  return (ratio) => byRatio.get(ratio) ?? (parseRatio(ratio) === null ? undefined : ratio)
}

function decoderOf(parameter: Parameter): (value: unknown) => string | undefined {
  if (parameter.type === 'size') return (value) => (value === 'auto' ? 'auto' : ratioOfSize(value))
  const decode = parameter.encoding === 'pixels' ? ratioOfPixels : (text: string) => text
  return (value) => (typeof value === 'string' ? decode(value) : undefined)
}

/** The listed spelling of the same shape, else the text itself. */
function spell(ratio: string, names: readonly string[]): string {
  if (names.includes(ratio)) return ratio
  const shape = parseRatio(ratio)
  if (shape === null) return names.find((name) => name === ratio.toLowerCase()) ?? ratio
  const same = names.find((name) => {
    const other = parseRatio(name)
    return other !== null && sameShape(shape, other)
  })
  return same ?? ratio
}

/** `1536x1024` is 3:2; anything else (`auto`) stays. */
function ratioOfPixels(text: string): string {
  const [width, height] = text.split('x').map(Number)
  return ratioOfSize({ width, height }) ?? text
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function refuseRatio(parameter: Parameter, names: readonly string[], at: Place, findings: Findings): null {
  const others = takesAnyRatio(parameter) ? ' or another W:H' : ''
  const bounds = parameter.type === 'size' ? ' between 1:4 and 4:1' : ''
  const listed = names.length === 0 ? 'a ratio such as 16:9' : `one of ${names.join(', ')}${others}`
  return refuse(findings, at, 'not_allowed', `Must be ${listed}${bounds}.`, names)
}
