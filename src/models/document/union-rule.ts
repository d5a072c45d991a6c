/** One rule out of several that FAL takes side by side, as plain as it can be written. */
import type { SizeRule, TextRule, ValueRule } from '../catalogue/entry.ts'
import { choiceOf } from './plain-rules.ts'

const mostOptions = 16

export function unionOf(rules: readonly ValueRule[]): ValueRule {
  const options = rules.flatMap((rule) => (rule.type === 'union' ? rule.options : [rule]))
  const [only] = options
  if (only === undefined) return choiceOf([null])
  if (options.some(({ type }) => type === 'any') || options.length > mostOptions) return { type: 'any' }
  const texts = options.filter((option) => option.type === 'string')
  const sizes = options.filter((option) => option.type === 'size')
  const others = options.filter(({ type }) => type !== 'string' && type !== 'size')
  const merged = [...withPresets(sizes, texts), ...others]
  const [single] = merged
  return merged.length === 1 && single !== undefined ? single : { type: 'union', options: merged }
}

/** A size merged with a list of names accepts those names; so do texts beside each other. */
function withPresets(sizes: readonly SizeRule[], texts: readonly TextRule[]): ValueRule[] {
  const closed = texts.filter(({ allowed, open }) => allowed !== undefined && open !== true)
  const open = texts.filter((text) => !closed.includes(text))
  const names = [...new Set(closed.flatMap(({ allowed }) => allowed ?? []))]
  const [size] = sizes
  if (size !== undefined && sizes.length === 1) return [{ ...size, allowed: names }, ...open]
  const [free] = open
  const isUnlimited =
    free !== undefined && Object.keys(free).every((key) => ['type', 'allowed', 'open'].includes(key))
  if (names.length > 0 && open.length === 1 && isUnlimited) {
    return [
      ...sizes,
      { type: 'string', allowed: [...new Set([...names, ...(free.allowed ?? [])])], open: true },
    ]
  }
  return [
    ...sizes,
    ...(names.length === 0 ? [] : [{ type: 'string', allowed: names } satisfies TextRule]),
    ...open,
  ]
}
