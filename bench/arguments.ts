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

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(2)
}
