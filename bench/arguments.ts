/** What all benchmarks take from the command line, checked before anything is started. */

/** A number above zero. Ends the process, saying what is wrong, on anything else. */
export function countOf(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) refuse(`--${name} takes a number above 0, not "${text}".`)
  return value
}

/** `given` when it is among `known`. Ends the process, saying what is known, on anything else. */
export function oneOf<const T extends string>(what: string, given: string, known: readonly T[]): T {
  const found = known.find((name) => name === given)
  return found ?? refuse(`${what} is one of ${known.join(', ')}, not "${given}".`)
}

/** The names of a comma-separated list, each once; all of `known` without one. Ends the process on any that is not known. */
export function someOf<const T extends string>(
  what: string,
  given: string | undefined,
  known: readonly T[],
): readonly T[] {
  if (given === undefined) return known
  const isKnown = (name: string): name is T => known.some((one) => one === name)
  const chosen = [...new Set(given.split(',').map((name) => name.trim()))]
  const unknown = chosen.filter((name) => !isKnown(name))
  if (unknown.length > 0)
    refuse(
      `${what} takes a comma-separated list of ${known.join(', ')}; "${unknown.join(',')}" is not among them.`,
    )
  return chosen.filter(isKnown)
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(2)
}
