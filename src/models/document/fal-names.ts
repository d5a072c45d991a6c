/** Recognizes FAL's own field names where a request expects normalized ones, and says where they belong. */
import type { ParamName } from '../catalogue/entry.ts'
import { catalogue } from '../catalogue.ts'

/** What to write in place of FAL's field `name`; null when it does not look like one. */
export function adviceOnFalName(name: string): string | null {
  const param = paramOf(name)
  if (param !== undefined) return `It is FAL's name: write "${param}", or put it into "input".`
  if (known().has(name)) return `It is FAL's name: put it into "input".`
  return name.includes('_') ? `If it is a field of FAL's, put it into "input".` : null
}

function paramOf(name: string): ParamName | undefined {
  const counts = known().get(name)
  return counts === undefined ? undefined : [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
}

type Counts = Map<ParamName, number>
let fields: Map<string, Counts> | null = null

/** Every field of the catalogue, with the normalized names that stand for it and in how many models. */
function known(): ReadonlyMap<string, Counts> {
  fields ??= countFields()
  return fields
}

function countFields(): Map<string, Counts> {
  const found = new Map<string, Counts>()
  for (const { field, param } of catalogue.flatMap(({ parameters }) => parameters)) {
    const counts: Counts = found.get(field) ?? new Map()
    if (param !== undefined) counts.set(param, (counts.get(param) ?? 0) + 1)
    found.set(field, counts)
  }
  return found
}
