/** A rule in the words of an error: `an integer, 5 to 20, or one of auto`. */
import type { ValueRule } from '../catalogue/entry.ts'
import { describeRange } from './number-limits.ts'

export function inWords(rule: ValueRule): string {
  switch (rule.type) {
    case 'string':
      return rule.allowed === undefined || rule.open === true
        ? 'a string'
        : `one of ${rule.allowed.join(', ')}`
    case 'integer':
    case 'number': {
      if (rule.allowed !== undefined) return `one of ${rule.allowed.join(', ')}`
      const range = describeRange(rule)
      return `${rule.type === 'integer' ? 'an integer' : 'a number'}${range === null ? '' : `, ${range}`}`
    }
    case 'boolean':
      return 'a boolean'
    case 'size':
      return `${rule.allowed.length === 0 ? '' : `one of ${rule.allowed.join(', ')} or `}an object {width, height}`
    case 'array':
      return 'a list'
    case 'object':
      return 'an object'
    case 'choice':
      return `one of ${rule.allowed.join(', ')}`
    case 'union':
      return rule.options.map(inWords).join(', or ')
    case 'any':
      return 'any value'
  }
}

/** The values that a rule lists; undefined when it lists none. */
export function listedValues(rule: ValueRule): readonly (string | number | boolean)[] | undefined {
  if (rule.type === 'union') {
    const listed = rule.options.flatMap((option) => listedValues(option) ?? [])
    return listed.length === 0 ? undefined : listed
  }
  if (rule.type === 'choice') return rule.allowed.filter((value) => value !== null)
  const hasList =
    rule.type === 'string' || rule.type === 'integer' || rule.type === 'number' || rule.type === 'size'
  return hasList ? rule.allowed : undefined
}
