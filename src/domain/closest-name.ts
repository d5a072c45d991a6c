/** Suggests the known name nearest to an unknown one. */
import { distance } from 'fastest-levenshtein'

/** Longer names are not compared: the cost grows with the product of the lengths. */
const longest = 64
/** Of a name. */
const shareWrong = 0.4

/** The known name nearest to `given`, in whatever spelling (`aspect_ratio`, `Prompt`); null when none is near. */
export function closestName(given: string, known: readonly string[]): string | null {
  if (given.length > longest) return null
  const plain = plainOf(given)
  // `promt` and `modle` (two slips) count, `x` for `fps` does not.
  const ranked = known
    .map((name) => ({ name, away: distance(plain, plainOf(name)) }))
    .filter(({ name, away }) => away <= Math.max(plain.length, name.length) * shareWrong)
    .sort((a, b) => a.away - b.away)
  return ranked[0]?.name ?? null
}

const plainOf = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '')
