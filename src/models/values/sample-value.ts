/** A value that a rule takes, for examples; of a text with a pattern it is a guess. */
import type { MediaKind, NumberRule, TextRule, ValueRule } from '../catalogue/entry.ts'
import { normalizeNumber } from './number-limits.ts'
import { sidesOf } from './size.ts'

export function sampleValue(rule: ValueRule): unknown {
  switch (rule.type) {
    case 'string':
      return rule.media === undefined ? (rule.allowed?.[0] ?? sampleText(rule)) : sampleFile(rule.media)
    case 'integer':
    case 'number':
      return sampleNumber(rule)
    case 'boolean':
      return false
    case 'size': {
      const [width, height] = sidesOf(rule)
      return rule.allowed[0] ?? { width: sampleNumber(width, 1024), height: sampleNumber(height, 1024) }
    }
    case 'array': {
      const least = Math.max(rule.minItems ?? 1, rule.prefix?.length ?? 0)
      return Array.from({ length: least }, (_, index) => sampleValue(rule.prefix?.[index] ?? rule.items))
    }
    case 'object': {
      const required = (rule.fields ?? []).filter((field) => field.required === true)
      return Object.fromEntries(required.map((field) => [field.field, field.default ?? sampleValue(field)]))
    }
    case 'choice':
      return rule.allowed.find((value) => value !== null) ?? null
    case 'union':
      return rule.options[0] === undefined ? null : sampleValue(rule.options[0])
    case 'any':
      return {}
  }
}

/** The address of a file that a reader knows for an example. */
export function sampleFile(media: MediaKind): string {
  return `https://example.com/fox.${{ image: 'png', video: 'mp4', audio: 'mp3' }[media]}`
}

export function sampleText(rule: TextRule): string {
  const text = 'A red fox crosses a snowy field at dawn, soft light, gentle wind'
  return text.repeat(Math.ceil((rule.minLength ?? 1) / text.length) || 1).slice(0, rule.maxLength)
}

function sampleNumber(rule: NumberRule, wanted = 1): number {
  return normalizeNumber(rule, wanted).value
}
