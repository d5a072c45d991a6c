/** The differences between two versions of a model's facts, by JSON pointer; bounded, since documents come from outside. */

export interface FactsChange {
  /** JSON pointer into the facts. */
  pointer: string
  /** Undefined: the member is new. */
  from: unknown
  /** Undefined: the member is gone. */
  to: unknown
}

/** With more changes than these it is another document. */
const mostChanges = 200

export function diffFacts(from: unknown, to: unknown): FactsChange[] {
  const changes: FactsChange[] = []
  compare('', from, to, changes)
  return changes
}

function compare(pointer: string, from: unknown, to: unknown, changes: FactsChange[]): void {
  if (changes.length >= mostChanges) return
  if (!isObject(from) || !isObject(to)) {
    if (JSON.stringify(from) !== JSON.stringify(to)) changes.push({ pointer: pointer || '/', from, to })
    return
  }
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const own = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    compare(own, memberOf(from, key), memberOf(to, key), changes)
  }
}

function memberOf(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined
}

/** Lists are compared as a whole: an item that was added would shift all others. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
